using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using RemoteSigning.Interop;
using RemoteSigning.Interop.Programs;
using RemoteSigning.Sandbox;

const string Usage =
    """
    Programs that we did not write, against the servers and against the card.

      [--program NAME]   only this one; may be repeated. When all of the servers or all of the card were run, their table in
                         docs/programs/README.md is written.
      --list             names them
    """;

using var stop = new CancellationTokenSource();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

string[] wanted = [.. args.Where((_, i) => i % 2 == 1)];
if (args is ["--list"])
{
    Console.WriteLine(string.Join('\n', Names()));
    return 0;
}

if (args.Where((_, i) => i % 2 == 0).Any(a => a != "--program") || args.Length % 2 != 0
    || wanted.Except(Names()).Any())
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
    ServerProgram[] serverPrograms = [.. AllPrograms.OfServers.Where(IsWanted)];
    CardProgram[] programs = [.. AllPrograms.List.Where(IsWanted)];
    SampleSigner[] signers = [.. SampleSigner.All, .. programs.OfType<BrowserProgram>().Any() ? TlsSigners.All : []];
    await using RunningSandbox sandbox = await RunningSandbox.StartAsync(
        new SandboxOptions(Path.Combine(folder, "sandbox"), "pin", signers, WithAgent: false), steps, stop.Token);
    var cards = new Dictionary<CardMode, Card>();
    foreach (CardMode mode in programs.SelectMany(p => p.Checks).Select(c => c.Mode).Distinct().Order())
    {
        await steps.RunAsync($"Start an agent in mode {mode.ToString().ToLowerInvariant()}", async () => cards[mode] = await Card.StartAsync(sandbox, mode, stop.Token));
    }

    var servers = new Servers(sandbox, Path.Combine(folder, "servers"));
    foreach (ServerProgram program in serverPrograms)
    {
        Console.WriteLine($"\n{program.Name}");
        foreach (ServerCheck check in program.Checks)
        {
            await RunOfServersAsync(program, check, servers);
        }
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
    report.Write(
        table,
        report.Failed == 0 && programs.Length == AllPrograms.List.Count,
        report.Failed == 0 && serverPrograms.Length == AllPrograms.OfServers.Count);
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

IEnumerable<string> Names() => AllPrograms.OfServers.Select(p => p.Name).Concat(AllPrograms.List.Select(p => p.Name));

bool IsWanted(InteropProgram program) => wanted.Length == 0 || wanted.Contains(program.Name);

async Task RunOfServersAsync(ServerProgram program, ServerCheck check, Servers servers)
{
    Console.Write($"  {check.Use}, {check.Interface} … ");
    long start = Stopwatch.GetTimestamp();
    try
    {
        string verifiedBy = await check.RunAsync(servers, stop.Token);
        report.Add(program, check, verifiedBy);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{verifiedBy} ({Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s)"));
    }
#pragma warning disable CA1031 // One program's failure, of whatever kind, is its row; the others go on.
    catch (Exception failure) when (failure is not OperationCanceledException)
#pragma warning restore CA1031
    {
        report.AddFailure(program, check);
        Console.WriteLine("FAILED\n    " + failure.Message.ReplaceLineEndings("\n    "));
    }
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
