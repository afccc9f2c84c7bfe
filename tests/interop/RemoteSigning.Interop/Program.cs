using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using RemoteSigning.Interop;
using RemoteSigning.Interop.Programs;
using RemoteSigning.Sandbox;

const string Usage =
    """
    Programs that we did not write, against the card.

      [--program NAME]   only this one; may be repeated. A whole run also writes docs/programs/README.md.
      --list             names them
    """;

using var stop = new CancellationTokenSource();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

string[] wanted = [.. args.Where((_, i) => i % 2 == 1)];
if (args is ["--list"])
{
    Console.WriteLine(string.Join('\n', AllPrograms.List.Select(p => p.Name)));
    return 0;
}

if (args.Where((_, i) => i % 2 == 0).Any(a => a != "--program") || args.Length % 2 != 0
    || wanted.Except(AllPrograms.List.Select(p => p.Name)).Any())
{
    Console.Error.WriteLine(Usage);
    return 2;
}

string folder = Path.Combine(Installation.Current.Artifacts, "interop");
var report = new Report();
try
{
    if (Directory.Exists(Path.Combine(folder, "interop")))
    {
        Directory.Delete(Path.Combine(folder, "interop"), recursive: true);
    }

    var steps = new Steps(Console.Out);
    CardProgram[] programs = [.. AllPrograms.List.Where(p => wanted.Length == 0 || wanted.Contains(p.Name))];
    SampleSigner[] signers = [.. SampleSigner.All, .. programs.OfType<BrowserProgram>().Any() ? TlsSigners.All : []];
    await using RunningSandbox sandbox = await RunningSandbox.StartAsync(
        new SandboxOptions(Path.Combine(folder, "sandbox"), "pin", signers, WithAgent: false), steps, stop.Token);
    var cards = new Dictionary<CardMode, Card>();
    foreach (CardMode mode in programs.SelectMany(p => p.Checks).Select(c => c.Mode).Distinct().Order())
    {
        await steps.RunAsync($"Start an agent in mode {mode.ToString().ToLowerInvariant()}", async () => cards[mode] = await Card.StartAsync(sandbox, mode, stop.Token));
    }

    foreach (CardProgram program in programs)
    {
        Console.WriteLine($"\n{program.Name}");
        foreach (Check check in program.Checks)
        {
            await RunAsync(program, check, cards[check.Mode]);
        }
    }

    string table = Path.Combine(folder, "table.md");
    report.Write(table, whole: wanted.Length == 0 && report.Failed == 0);
    Console.WriteLine($"\n{table}\n{report.Passed} passed, {report.Failed} failed");
    return report.Failed == 0 && report.Passed > 0 ? 0 : 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.Error.WriteLine("Stopped.");
    return 130;
}
catch (Exception failure) when (failure is SandboxException or InteropException or IOException or InvalidOperationException)
{
    Console.Error.WriteLine($"\nIt ended here: {failure.Message}");
    return 1;
}

async Task RunAsync(CardProgram program, Check check, Card card)
{
    Console.Write($"  {check.Use}, {check.Key}, {check.Mode.ToString().ToLowerInvariant()} … ");
    long start = Stopwatch.GetTimestamp();
    try
    {
        Finding finding = await check.RunAsync(card, card.Key(check.Key), stop.Token);
        report.Add(program, check, finding);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"twice: {finding.Twice}; after restart: {finding.AfterRestart}; {finding.VerifiedBy} ({Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s)"));
    }
#pragma warning disable CA1031 // One program's failure, of whatever kind, is its row; the others go on.
    catch (Exception failure) when (failure is not OperationCanceledException)
#pragma warning restore CA1031
    {
        report.AddFailure(program, check);
        Console.WriteLine("FAILED\n    " + failure.Message.ReplaceLineEndings("\n    "));
    }
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
