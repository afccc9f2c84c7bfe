using System.Runtime.InteropServices;
using RemoteSigning.Contracts;

namespace RemoteSigning.Sam.Commands;

/// <summary><c>run</c>: serves until it is told to end. SIGHUP begins new log files where the live ones were renamed (SAM-33).</summary>
internal static partial class RunCommand
{
    private const int SigHup = 1;

    public static async Task<int> RunAsync(string configurationFile, CancellationToken cancel)
    {
        var started = new TaskCompletionSource<SamHost>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!OperatingSystem.IsWindows())
        {
            _ = SetSignal(SigHup, 0); // Whoever started us may ignore it, as nohup does: .NET would then ignore it for good.
        }

        using PosixSignalRegistration hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
        {
            signal.Cancel = true;
            _ = ReopenAsync(started.Task);
        });
        await using SamHost host = await SamHost.StartAsync(configurationFile, SamSeams.Real, cancel);
        started.SetResult(host);
        await host.WaitForShutdownAsync(cancel);
        return 0;
    }

    private static async Task ReopenAsync(Task<SamHost> started)
    {
        SamHost host = await started;
        try
        {
            _ = await host.ReopenLogsAsync();
        }
        catch (ProblemException)
        {
            // The log has said so as critical (2002); there is nobody else to tell.
        }
    }

    /// <param name="handler">0: SIG_DFL.</param>
    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetSignal(int signal, nint handler);
}
