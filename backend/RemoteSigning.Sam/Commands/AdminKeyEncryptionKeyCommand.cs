using System.Globalization;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Transport;

namespace RemoteSigning.Sam.Commands;

/// <summary>
/// <c>admin add-kek</c> and <c>admin retire-kek</c>: the generations of the key-encryption key. Both write
/// <c>sam_infrastructure.json</c>, which a node reads at its start; the other nodes get it by <c>admin adopt</c>.
/// </summary>
internal static class AdminKeyEncryptionKeyCommand
{
    public const string Help =
        """
        admin add-kek --config FILE [--share NUMBER:FILE]...
        admin retire-kek --config FILE --generation N [--statement FILE | --approval FILE]

        add-kek makes the next generation of the key-encryption key; from the next start on it wraps all new keys, and reseal moves
        old ones to it. Where the keys travel with officers, enough of them give their passphrases at the terminal or in owner-only
        files (--share 2:/dev/fd/3), and the file brings the new key to the other nodes like the others. Where the keys stay in
        their token, the HSM's own means bring it. retire-kek has keys under generation N refused from the next start on; the key
        itself is left to the HSM's own tools.

        Both write sam_infrastructure.json and show its fingerprint: run them on one node, and admin adopt with that file on each
        other node. The node must not run; both its logs have a record of it, with the operating system's name of who ran the
        command. A command that was interrupted is repeated.

        With dual_control an operator must approve retire-kek: --statement writes what is to be approved to a new file and changes
        nothing else; --approval names a file with a JWS with detached content over that file's exact bytes, of the type
        sam-retire-kek+jws, as docs/sam/operation.md describes it.
        """;

    /// <summary>Makes the next generation, which wraps all new keys from the next start on.</summary>
    /// <exception cref="StartException">The node does not verify, or the officers' shares are not right.</exception>
    public static async Task<int> AddAsync(IReadOnlyList<string> arguments, TextWriter output, SamSeams seams)
    {
        var read = new Arguments("admin add-kek", arguments, "--config", "--share");
        IReadOnlyList<string> shares = read.All("--share");
        using var change = InfrastructureChange.Open(SamHost.ReadOptions(read.Required("--config")), seams);
        InfrastructureFile before = change.Before;
        var keys = new ModuleKeys(change.Token, output);
        InfrastructureFile? interrupted = change.Interrupted is { } left && left.Generation == before.Generation + 1 ? left : null;
        InfrastructureFile after;
        if (before.Transfer is null)
        {
            OfficerPassphrases.RefuseShares(shares);
            after = interrupted ?? keys.AddStaying(before);
        }
        else
        {
            after = OfficerPassphrases.WithShares(before, shares, opened => AddTravelling(change, keys, interrupted, opened));
        }

        ModuleProof.Check(change.Token, after);
        string label = after.Generations[^1].Label;
        await change.CommitAsync(after, AuditEvents.AddKeyEncryptionKey, $"generation {after.Generation}: {label}", approver: null, output);
        return 0;
    }

    /// <summary>From the next start on, keys under this generation are refused.</summary>
    /// <exception cref="StartException">It is the newest one, unknown, or retired before; or nobody approved it.</exception>
    public static async Task<int> RetireAsync(IReadOnlyList<string> arguments, TextWriter output, SamSeams seams)
    {
        var read = new Arguments(
            "admin retire-kek", arguments, "--config", "--generation", CommandApproval.StatementOption, CommandApproval.ApprovalOption);
        string generation = read.Required("--generation");
        using var change = InfrastructureChange.Open(SamHost.ReadOptions(read.Required("--config")), seams);
        InfrastructureFile before = change.Before;
        if (!int.TryParse(generation, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            || number < 1 || number >= before.Generation || before.Generations[number - 1].IsRetired)
        {
            throw new StartException($"Generation {generation} cannot be retired: there are 1 to {before.Generation}, and the newest is needed.");
        }

        var approval = new CommandApproval(change.Node, seams, "retire-kek", $"generation {number}", Approval.RetireKeyEncryptionKeyType);
        if (approval.TryWriteStatement(read, output))
        {
            return 0;
        }

        string? approver = approval.Check(read);
        InfrastructureFile after = (before with { RetiredGenerations = [.. before.RetiredGenerations ?? [], number] })
            .Authenticate(text => change.Token.Hmac(before.FloorKey, text));
        await change.CommitAsync(after, AuditEvents.RetireKeyEncryptionKey, $"generation {number}", approver, output);
        return 0;
    }

    /// <summary>
    /// The wrapped key is durable in the staged file before the token has it: from then on it never leaves the token, so a crash between the two
    /// would leave a key that cannot travel.
    /// </summary>
    private static InfrastructureFile AddTravelling(
        InfrastructureChange change, ModuleKeys keys, InfrastructureFile? interrupted, IReadOnlyList<(int Number, byte[] Value)> shares)
    {
        InfrastructureFile staged = interrupted ?? keys.AddTravelling(change.Before, shares);
        if (interrupted is null)
        {
            change.Stage(staged);
        }

        return keys.CompleteTravelling(staged, shares);
    }
}
