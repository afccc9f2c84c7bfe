using Microsoft.Extensions.Logging.Abstractions;
using RemoteSigning.Hosting;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Options;
using RemoteSigning.Sam.Platform;

namespace RemoteSigning.Sam.Commands;

/// <summary>
/// <c>admin unlock</c>: ends a lock after tampering, on the stopped node, with a reason for the log; the tamper program must say
/// "untouched" again. Under dual control an operator approves exactly this reason for exactly this lock.
/// </summary>
internal static class AdminUnlockCommand
{
    public const string Help =
        """
        admin unlock --config FILE --reason TEXT [--statement FILE | --approval FILE]

        Ends a lock after tampering, on a node that does not run, once somebody has looked at the machine. Sam:Tamper:Command
        must say "untouched" again. Both logs get the reason (one line, up to 500 characters) and the operating system's name
        of who ran the command.

        With dual_control an operator must approve it: --statement writes what is to be approved to a new file and changes
        nothing else; --approval names a file with a JWS with detached content over that file's exact bytes, of the type
        sam-unlock+jws, as docs/sam/platform.md describes it. The statement names the node, the newest head of its
        administration log and the reason, so an approval is good for this one lock.
        """;

    private const int LongestReason = 500;

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, SamSeams seams)
    {
        var read = new Arguments("admin unlock", arguments, "--config", "--reason", CommandApproval.StatementOption, CommandApproval.ApprovalOption);
        string reason = CheckReason(read.Required("--reason"));
        SamOptions options = SamHost.ReadOptions(ServiceHost.CreateBuilder(read.Required("--config")).Configuration);
        if (await TamperSensor.AskAsync(options.Tamper, CancellationToken.None) is { } what)
        {
            throw new StartException($"The module stays locked: {what}.");
        }

        using SamNode node = SamNode.OpenToUnlock(options, seams, NullLoggerFactory.Instance);
        var approval = new CommandApproval(node, seams, "unlock", reason, Approval.UnlockType);
        if (approval.TryWriteStatement(read, output))
        {
            return 0;
        }

        await node.RecordUnlockAsync(reason, approval.Check(read));
        await output.WriteLineAsync("The module is unlocked; start it now.");
        return 0;
    }

    private static string CheckReason(string reason) =>
        !string.IsNullOrWhiteSpace(reason) && reason.Length <= LongestReason && !reason.Any(char.IsControl)
            ? reason
            : throw new StartException($"admin unlock needs a reason of one line, up to {LongestReason} characters.");
}
