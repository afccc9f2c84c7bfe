using System.Globalization;
using System.Net.Sockets;

namespace RemoteSigning.Sandbox;

/// <summary>One process of ours: can be started, killed and started again at the same address.</summary>
public sealed class Service : IDisposable
{
    private readonly string _program;
    private readonly IReadOnlyList<string> _arguments;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly Func<CancellationToken, Task<bool>> _isReady;
    private ChildProcess? _process;

    /// <param name="isReady">Whether it serves; asked again and again after the start.</param>
    public Service(
        string name,
        string logFile,
        string program,
        IReadOnlyList<string> arguments,
        IReadOnlyDictionary<string, string> environment,
        Func<CancellationToken, Task<bool>> isReady)
    {
        Name = name;
        LogFile = logFile;
        _program = program;
        _arguments = arguments;
        _environment = environment;
        _isReady = isReady;
    }

    public string Name { get; }

    public string LogFile { get; }

    public bool IsRunning => _process is { HasExited: false };

    public int ProcessId => _process?.Id ?? throw new InvalidOperationException($"{Name} was not started.");

    /// <summary>Starts the process and waits until it serves.</summary>
    public async Task StartAsync(CancellationToken cancel)
    {
        _process?.Dispose();
        _process = ChildProcess.Start(Name, _program, _arguments, LogFile, _environment);
        for (int attempt = 0; attempt < 600; attempt++)
        {
            if (_process.HasExited)
            {
                throw new SandboxException(
                    $"{Name} ended at once with exit code {_process.ExitCode.ToString(CultureInfo.InvariantCulture)}. Its log {LogFile} ends with: {LogTail()}");
            }

            if (await _isReady(cancel))
            {
                return;
            }

            await Task.Delay(50, cancel);
        }

        throw new SandboxException($"{Name} did not serve after 30 seconds. Its log {LogFile} ends with: {LogTail()}");
    }

    /// <summary>Ends it at once, as a crash would.</summary>
    public void Kill() => _process?.Kill();

    /// <summary>Asks it to end, as an operator would.</summary>
    public void Stop() => _process?.Stop();

    public void Dispose() => _process?.Dispose();

    internal static Func<CancellationToken, Task<bool>> Listens(params Uri[] addresses) => async cancel =>
    {
        foreach (Uri address in addresses)
        {
            using var probe = new TcpClient();
            try
            {
                await probe.ConnectAsync(address.Host, address.Port, cancel);
            }
            catch (SocketException)
            {
                return false;
            }
        }

        return true;
    };

    private string LogTail() =>
        File.Exists(LogFile) ? string.Join(" | ", File.ReadLines(LogFile).TakeLast(3)) : "(no log)";
}
