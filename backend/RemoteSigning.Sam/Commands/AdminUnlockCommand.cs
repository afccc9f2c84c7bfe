using Microsoft.Extensions.Logging.Abstractions;
using RemoteSigning.Hosting;
using RemoteSigning.Sam.Options;
using RemoteSigning.Sam.Platform;

namespace RemoteSigning.Sam.Commands;

/// <summary>
/// <c>admin unlock</c>: ends a lock after tampering, on the stopped node, with a reason for the log. Whoever may run it as
/// the node's user may do so; the tamper program must say "untouched" again.
/// </summary>
internal static class AdminUnlockCommand
{
    public static async Task<int> RunAsync(string configurationFile, string reason, SamSeams seams, TextWriter output)
    {
        if (string.IsNullOrWhiteSpace(reason))
        {
            throw new StartException("admin unlock needs a reason.");
        }

        SamOptions options = SamHost.ReadOptions(ServiceHost.CreateBuilder(configurationFile).Configuration);
        if (await TamperSensor.AskAsync(options.Tamper, CancellationToken.None) is { } what)
        {
            throw new StartException($"The module stays locked: {what}.");
        }

        using SamNode node = SamNode.OpenToUnlock(options, seams, NullLoggerFactory.Instance);
        await node.RecordUnlockAsync($"by the user {Environment.UserName}: {reason}");
        await output.WriteLineAsync("The module is unlocked; start it now.");
        return 0;
    }
}
