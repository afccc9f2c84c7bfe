using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Transport;

namespace RemoteSigning.Sam.Commands;

/// <summary><c>admin adopt</c>: brings a later infrastructure file, made on another node of the module, to a node that exists.</summary>
internal static class AdminAdoptCommand
{
    public const string Help =
        """
        admin adopt --config FILE --infrastructure FILE [--share NUMBER:FILE]...

        Brings sam_infrastructure.json, as add-kek or retire-kek has written it on another node (--infrastructure), to this node, which
        must not run. Compare the fingerprint that is shown with the one that the other command showed.

        The file must be of this module, authenticated by its floor key, and a successor of this node's file: generations of the
        key-encryption key added or retired, all else the same. An older file, or one that was changed in another way, is refused.

        Where the token holds the new key-encryption keys already (a token that nodes share, or a clone), they are proved. Otherwise
        they are put into it, if the file holds them: enough officers give their passphrases at the terminal, or in owner-only
        files, each named with the officer's number (--share 2:/dev/fd/3).

        Both logs have a record of it, with the operating system's name of who ran the command.
        """;

    /// <exception cref="StartException">The file may not follow this node's, or its keys cannot be had.</exception>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, SamSeams seams)
    {
        var read = new Arguments("admin adopt", arguments, "--config", "--infrastructure", "--share");
        string path = read.Required("--infrastructure");
        byte[] bytes = await File.ReadAllBytesAsync(path);
        using var change = InfrastructureChange.Open(SamHost.ReadOptions(read.Required("--config")), seams);
        InfrastructureFile after = change.ReadSuccessor(bytes, path);
        string digest = InfrastructureFile.Digest(bytes);
        if (digest == change.Node.Fingerprint && digest == change.Node.RecordedInfrastructure)
        {
            await output.WriteLineAsync($"The node has this file already. Fingerprint: {InfrastructureFile.Fingerprint(bytes)}.");
            return 0;
        }

        if (after.Generations.Skip(change.Before.Generation).FirstOrDefault(g => g.Proof is null) is { } unproved)
        {
            throw new StartException($"{path} is not finished: nothing proves {unproved.Label}. Repeat admin add-kek where it was made.");
        }

        var keys = new ModuleKeys(change.Token, output);
        if (keys.Missing(after).Count > 0)
        {
            PutKeys(keys, after, read.All("--share"));
        }

        ModuleProof.Check(change.Token, after);
        await change.CommitAsync(after, AuditEvents.AdoptInfrastructure, Describe(change.Before, after), approver: null, output);
        return 0;
    }

    private static void PutKeys(ModuleKeys keys, InfrastructureFile after, IReadOnlyList<string> shares)
    {
        if (after.Transfer is null)
        {
            throw new StartException(
                $"The token does not hold {string.Join(", ", keys.Missing(after).Select(g => g.Label))}, and the keys of this module stay in their HSM: "
                + "bring it by the HSM's own means first.");
        }

        OfficerPassphrases.WithShares(after, shares, opened =>
        {
            keys.RestoreKeyEncryptionKeys(after, opened);
            return true;
        });
    }

    private static string Describe(InfrastructureFile before, InfrastructureFile after)
    {
        IEnumerable<string> added = after.Generations.Skip(before.Generation).Select(g => $"adds generation {g.Number}: {g.Label}");
        IEnumerable<string> retired = after.Generations
            .Where(g => g.IsRetired && !before.Generations.Any(b => b.Number == g.Number && b.IsRetired)).Select(g => $"retires generation {g.Number}");
        return string.Join(", ", added.Concat(retired).DefaultIfEmpty("the file that the log names"));
    }
}
