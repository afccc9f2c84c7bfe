using RemoteSigning.Contracts.Audit;
using RemoteSigning.Cryptoki;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Options;
using RemoteSigning.Sam.Transport;

namespace RemoteSigning.Sam.Commands;

/// <summary><c>admin create</c> (SAM-35): the first node of a module: its keys, and the file that describes them.</summary>
internal static class AdminCreateCommand
{
    public const string Help =
        """
        admin create --config FILE [--officers N --threshold M [--passphrase-file FILE]...]

        Makes the keys of a new module in the node's token and writes sam_infrastructure.json, audit-public-key.pem and
        sealing-public-key.pem into the data folder. Nothing is overwritten. The static configuration must be in place, as
        the node's name is in it. Compare the fingerprint that is shown when further nodes are initialized.

        Without --officers the keys never leave the token: further nodes need the same token, or one that the HSM's own
        means have cloned. With --officers the keys go into the file too, wrapped under a key of which each of N officers
        (2 to 16) gets a share under a passphrase; any M of them can put the keys into another token. The token must be
        empty. Passphrases are asked for at the terminal, or read from owner-only files, one for each officer in order
        (/dev/fd/N names a descriptor). They have 16 to 256 printable ASCII characters.

        The administration log begins with a record of it: who ran it, by the operating system, and the fingerprint.
        """;

    public static int Run(IReadOnlyList<string> arguments, TextWriter output, SamSeams seams)
    {
        var read = new Arguments("admin create", arguments, "--config", "--officers", "--threshold", "--passphrase-file");
        string configurationFile = read.Required("--config");
        if (read.Number("--officers") is not { } officers)
        {
            return read.Number("--threshold") is null && read.All("--passphrase-file").Count == 0
                ? Run(configurationFile, output, seams)
                : throw new StartException("admin create takes --threshold and --passphrase-file with --officers only.");
        }

        int threshold = read.Number("--threshold") ?? throw new StartException("admin create needs --threshold with --officers.");
        if (threshold < 2 || threshold > officers || officers > SecretSharing.MostShares)
        {
            throw new StartException($"admin create takes a threshold of 2 or more and up to {SecretSharing.MostShares} officers, not fewer than the threshold.");
        }

        List<Passphrase> passphrases = [];
        try
        {
            passphrases.AddRange(OfficerPassphrases.Collect(officers, read.All("--passphrase-file")));
            return Run(
                configurationFile,
                output,
                seams,
                $"keys that travel with {threshold} of {officers} officers",
                keys => keys.Create(threshold, passphrases, OfficerShare.UsualIterations));
        }
        finally
        {
            passphrases.ForEach(p => p.Dispose());
        }
    }

    /// <summary>Keys that stay in their token.</summary>
    public static int Run(string configurationFile, TextWriter output, SamSeams seams) =>
        Run(configurationFile, output, seams, "keys that stay in their token", keys => keys.Create());

    /// <param name="what">Which keys, for the record.</param>
    /// <param name="create">Makes the keys.</param>
    private static int Run(
        string configurationFile, TextWriter output, SamSeams seams, string what, Func<ModuleKeys, InfrastructureFile> create)
    {
        SamOptions options = SamHost.ReadOptions(configurationFile);
        NodeFolder.RefuseExisting(options);
        string node = NodeFolder.ReadNodeName(options);
        using Hsm hsm = TokenKeys.OpenToken(options.Hsm);
        var keys = new ModuleKeys(hsm, output);
        byte[] file = create(keys).ToBytes();
        NodeFolder.Write(options, node, file, hsm, keys, new CommandRecord(AuditEvents.Create, what), seams, output);
        return 0;
    }
}
