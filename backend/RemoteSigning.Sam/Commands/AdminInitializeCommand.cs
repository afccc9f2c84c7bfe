using RemoteSigning.Contracts.Audit;
using RemoteSigning.Cryptoki;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Options;
using RemoteSigning.Sam.Transport;

namespace RemoteSigning.Sam.Commands;

/// <summary><c>admin initialize</c> (SAM-36): a further node of a module that exists.</summary>
internal static class AdminInitializeCommand
{
    public const string Help =
        """
        admin initialize --config FILE --infrastructure FILE [--share NUMBER:FILE]...

        Makes this host a further node of the module that sam_infrastructure.json (--infrastructure, copied from the first
        node) describes. Compare the fingerprint that is shown with the one that admin create showed.

        Where the token holds the module's keys already (a token that nodes share, or a clone), they are proved. Otherwise
        they are put into it, if the file holds them: enough officers give their passphrases at the terminal, or in
        owner-only files, each named with the officer's number (--share 2:/dev/fd/3).

        The node gets an audit key of its own; its floor list comes from its peers. Its administration log begins with a record of
        it: who ran it, by the operating system, and the fingerprint.
        """;

    public static int Run(IReadOnlyList<string> arguments, TextWriter output, SamSeams seams)
    {
        var read = new Arguments("admin initialize", arguments, "--config", "--infrastructure", "--share");
        return Run(read.Required("--config"), read.Required("--infrastructure"), read.All("--share"), output, seams);
    }

    public static int Run(string configurationFile, string infrastructureFile, IReadOnlyList<string> shareFiles, TextWriter output, SamSeams seams)
    {
        SamOptions options = SamHost.ReadOptions(configurationFile);
        NodeFolder.RefuseExisting(options);
        string node = NodeFolder.ReadNodeName(options);
        byte[] bytes = File.ReadAllBytes(infrastructureFile);
        InfrastructureFile file = InfrastructureFile.Parse(bytes, infrastructureFile);
        using Hsm hsm = TokenKeys.OpenToken(options.Hsm);
        var keys = new ModuleKeys(hsm, output);
        bool isRestored = !keys.Holds(file);
        if (isRestored)
        {
            Restore(keys, file, shareFiles);
        }

        ModuleProof.Check(hsm, file);
        var record = new CommandRecord(
            AuditEvents.Initialize, isRestored ? "the module's keys were put into the token" : "the token held the module's keys");
        NodeFolder.Write(options, node, bytes, hsm, keys, record, seams, output);
        return 0;
    }

    private static void Restore(ModuleKeys keys, InfrastructureFile file, IReadOnlyList<string> shareFiles)
    {
        if (file.Transfer is null)
        {
            throw new StartException(
                "The token does not hold the module's keys, and the infrastructure file does not bring them: they were made to stay in "
                + "their HSM. Use the token that has them, or a clone made by the HSM's own means.");
        }

        OfficerPassphrases.WithShares(file, shareFiles, shares =>
        {
            keys.Restore(file, shares);
            return true;
        });
    }
}
