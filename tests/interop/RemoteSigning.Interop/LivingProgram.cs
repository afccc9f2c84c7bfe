using System.Diagnostics;
using System.Text;

namespace RemoteSigning.Interop;

/// <summary>A program that goes on while the check watches what it prints and types to it. Disposing ends it.</summary>
internal sealed class LivingProgram : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly string _name;
    private readonly Task _reading;
    private readonly StringBuilder _output = new();
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _readers = 2;

    private LivingProgram(string name, Process process)
    {
        _name = name;
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput), ReadAsync(process.StandardError));
    }

    /// <summary>What it printed so far, on both outputs.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    public static LivingProgram Start(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return new LivingProgram(program, Process.Start(start) ?? throw new InteropException($"{program} did not start."));
    }

    public void Type(string line)
    {
        _process.StandardInput.Write(line + "\n");
        _process.StandardInput.Flush();
    }

    /// <summary>Waits until it has printed a text so many times.</summary>
    public Task WaitForAsync(string text, int times, CancellationToken cancel) =>
        WaitAsync(output => output.Split(text).Length > times, $"print \"{text}\" {times} times", cancel);

    /// <summary>Waits for its end, and until all is read that it printed.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> WaitForEndAsync(CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Patience);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
            await _reading.WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new InteropException($"{_name} did not end: {Output}");
        }

        return _process.ExitCode;
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private async Task WaitAsync(Func<string, bool> isThere, string what, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Patience);
        while (true)
        {
            bool ended;
            Task news;
            lock (_output)
            {
                if (isThere(_output.ToString()))
                {
                    return;
                }

                ended = _readers == 0;
                news = _news.Task;
            }

            try
            {
                await (ended ? Task.FromCanceled(new CancellationToken(canceled: true)) : news.WaitAsync(deadline.Token));
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                throw new InteropException($"{_name} did not {what}: {Output}");
            }
        }
    }

    private async Task ReadAsync(StreamReader reader)
    {
        char[] buffer = new char[4096];
        int count;
        do
        {
            count = await reader.ReadAsync(buffer);
            lock (_output)
            {
                _output.Append(buffer, 0, count);
                _readers -= count == 0 ? 1 : 0;
                _news.SetResult();
                _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
        while (count > 0);
    }
}
