using System.ComponentModel;
using System.Diagnostics;
using RemoteSigning.Sam.Options;

namespace RemoteSigning.Sam.Platform;

/// <summary>Asks the tamper program. Whatever is not a plain "untouched" is tampering: fail closed.</summary>
internal static class TamperSensor
{
    /// <returns>What is wrong, for the audit record; null when the machine is untouched, or there is no program.</returns>
    public static async Task<string?> AskAsync(TamperOptions options, CancellationToken cancel)
    {
        if (options.Command.Length == 0)
        {
            return null;
        }

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(options.Timeout);
        try
        {
            using Process program = Process.Start(new ProcessStartInfo(options.Command) { UseShellExecute = false, RedirectStandardInput = true })
                ?? throw new InvalidOperationException("no process");
            program.StandardInput.Close();
            return await ExitAsync(program, deadline.Token) switch
            {
                0 => null,
                { } code => $"the tamper program ended with {code}",
                null when cancel.IsCancellationRequested => null,
                null => $"the tamper program did not end within {options.Timeout.TotalSeconds:0} s",
            };
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException or IOException or AggregateException)
        {
            // The last one: it is overdue, and what it started as another user cannot be ended.
            return cancel.IsCancellationRequested ? null : $"the tamper program cannot be run or ended: {e.GetType().Name}";
        }
    }

    private static async Task<int?> ExitAsync(Process program, CancellationToken deadline)
    {
        try
        {
            await program.WaitForExitAsync(deadline);
            return program.ExitCode;
        }
        catch (OperationCanceledException)
        {
            program.Kill(entireProcessTree: true);
            return null;
        }
    }
}
