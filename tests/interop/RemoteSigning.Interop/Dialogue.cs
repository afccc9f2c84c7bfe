using System.Diagnostics;

namespace RemoteSigning.Interop;

/// <summary>
/// A program that stays alive and does what lines on its standard input say: <c>login</c>, <c>sign …</c>; one line answers each,
/// <c>done</c> or <c>refused</c> and why.
/// </summary>
internal sealed class Dialogue : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;

    private Dialogue(Process process)
    {
        _process = process;
        _errors = process.StandardError.ReadToEndAsync();
    }

    /// <summary>With the card's environment and more.</summary>
    public static Dialogue Start(Card card, string folder, string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        Start(folder, program, arguments, card.WithCard(environment));

    public static Dialogue Start(string folder, string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        return new Dialogue(Process.Start(start) ?? throw new InteropException($"{program} did not start."));
    }

    /// <summary>Fails unless the program answers that it is done.</summary>
    public async Task DoAsync(CancellationToken cancel, params string[] words)
    {
        string answer = await AskAsync(words, cancel);
        if (answer != "done")
        {
            throw new InteropException($"\"{string.Join(' ', words)}\" was answered: {answer}");
        }
    }

    /// <summary>Fails unless the program answers that it was refused, for this reason.</summary>
    public async Task ExpectRefusedAsync(string reason, CancellationToken cancel, params string[] words)
    {
        string answer = await AskAsync(words, cancel);
        Card.Expect(answer, "refused");
        Card.Expect(answer, reason);
    }

    /// <summary>Ends the input; fails unless the program ends well.</summary>
    public async Task EndAsync(CancellationToken cancel)
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(cancel).WaitAsync(TimeSpan.FromSeconds(30), cancel);
        if (_process.ExitCode != 0)
        {
            throw new InteropException($"The program ended with exit code {_process.ExitCode}: {await _errors}");
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private async Task<string> AskAsync(string[] words, CancellationToken cancel)
    {
        await _process.StandardInput.WriteLineAsync(string.Join('\t', words).AsMemory(), cancel);
        await _process.StandardInput.FlushAsync(cancel);
        return await _process.StandardOutput.ReadLineAsync(cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(120), cancel)
            ?? throw new InteropException($"The program ended at \"{string.Join(' ', words)}\": {await _errors}");
    }
}
