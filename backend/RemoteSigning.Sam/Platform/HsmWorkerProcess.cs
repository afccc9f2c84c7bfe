using System.Diagnostics;
using RemoteSigning.Cryptoki.Worker;

namespace RemoteSigning.Sam.Platform;

/// <summary>
/// The HSM worker: this very program once more, with a command of its own. Its standard input and output are all that the two have in common; nothing
/// has a name that somebody else could open, and neither its command line nor its environment says anything that ours do not.
/// </summary>
internal sealed class HsmWorkerProcess : IWorkerProcess
{
    /// <summary>The command, which is nobody else's to give.</summary>
    public const string Command = "hsm-worker";

    private readonly Process _process;

    private HsmWorkerProcess(Process process)
    {
        _process = process;
        Requests = process.StandardInput.BaseStream;
        Answers = process.StandardOutput.BaseStream;
        Ended = process.WaitForExitAsync();
    }

    public Stream Requests { get; }

    public Stream Answers { get; }

    public Task Ended { get; }

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <exception cref="System.ComponentModel.Win32Exception">The program cannot be run.</exception>
    public static HsmWorkerProcess Start()
    {
        System.Reflection.AssemblyName program = typeof(HsmWorkerProcess).Assembly.GetName();
        string host = Environment.ProcessPath ?? throw new InvalidOperationException("This process has no program.");
        var start = new ProcessStartInfo(host) { RedirectStandardInput = true, RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(host) == "dotnet")
        {
            start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, $"{program.Name}.dll"));
        }

        start.ArgumentList.Add(Command);
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["DOTNET_gcServer"] = "0"; // It allocates little.
        return new HsmWorkerProcess(Process.Start(start) ?? throw new InvalidOperationException("No process was started."));
    }

    public void Kill() => _process.Kill(); // Does nothing to one that has ended.

    public void Dispose()
    {
        Requests.Dispose();
        Answers.Dispose();
        _process.Dispose();
    }
}
