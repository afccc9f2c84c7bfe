using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using RemoteSigning.Interop;
using RemoteSigning.Sandbox;
using RemoteSigning.Windows;

const string Usage =
    """
    Windows programs under Wine, with our agent and libraries, against the sandbox: whole signatures from a Windows program to the HSM.
    tests/windows/run.sh makes the prefix first.

      [--check NAME]   only this one; may be repeated
      --list           names them
    """;

using var stop = new CancellationTokenSource();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

string[] wanted = [.. args.Where((_, i) => i % 2 == 1)];
if (args is ["--list"])
{
    Console.WriteLine(string.Join('\n', AllChecks.List.Select(c => c.Name)));
    return 0;
}

if (args.Where((_, i) => i % 2 == 0).Any(a => a != "--check") || args.Length % 2 != 0 || wanted.Except(AllChecks.List.Select(c => c.Name)).Any())
{
    Console.Error.WriteLine(Usage);
    return 2;
}

string folder = Path.Combine(Installation.Current.Artifacts, "windows", "run");
int passed = 0;
int failed = 0;
try
{
    if (Directory.Exists(folder))
    {
        Directory.Delete(folder, recursive: true);
    }

    WinePrefix.Current.Begin();
    var steps = new Steps(Console.Out);
    await using RunningSandbox sandbox = await RunningSandbox.StartAsync(
        new SandboxOptions(Path.Combine(folder, "sandbox"), "agent", [SampleSigner.All[0]], WithAgent: false), steps, stop.Token);
    using Desktop desktop = await Desktop.StartAsync(sandbox, folder, steps, stop.Token);
    foreach (WindowsCheck check in AllChecks.List.Where(c => wanted.Length == 0 || wanted.Contains(c.Name)))
    {
        await RunAsync(check, desktop);
    }

    Console.WriteLine($"\n{passed} passed, {failed} failed");
    return failed == 0 && passed > 0 ? 0 : 1;
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
finally
{
    WinePrefix.Current.EndAll();
}

async Task RunAsync(WindowsCheck check, Desktop desktop)
{
    long start = Stopwatch.GetTimestamp();
    try
    {
        if (desktop.Agent.Mode != check.Mode)
        {
            await desktop.Agent.StartAsync(check.Mode, stop.Token);
        }

        await check.RunAsync(desktop, stop.Token);
        passed++;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"ok      {check.Name} ({Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s)"));
    }
#pragma warning disable CA1031 // One check's failure, of whatever kind, is its line; the others go on.
    catch (Exception failure) when (failure is not OperationCanceledException)
#pragma warning restore CA1031
    {
        failed++;
        Console.WriteLine($"FAILED  {check.Name}\n        {failure.Message.ReplaceLineEndings("\n        ")}");
    }
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
