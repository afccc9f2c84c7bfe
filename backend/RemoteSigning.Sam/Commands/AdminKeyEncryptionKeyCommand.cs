using System.Globalization;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Cryptoki;
using RemoteSigning.Sam.Audit;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Options;

namespace RemoteSigning.Sam.Commands;

/// <summary>
/// <c>admin add-kek</c> and <c>admin retire-kek</c>: the generations of the key-encryption key. Both write
/// <c>sam_infrastructure.json</c>, which a node reads at its start; every node of a module needs the same file and keys.
/// </summary>
internal static class AdminKeyEncryptionKeyCommand
{
    public const string Help =
        """
        admin add-kek --config FILE
        admin retire-kek --config FILE --generation N

        add-kek makes the next generation of the key-encryption key in the token; from the next start on it wraps all new keys,
        and reseal moves old ones to it. retire-kek has keys under generation N refused from the next start on; the key itself is
        left to the HSM's own tools. Both write sam_infrastructure.json and show its fingerprint: bring the same file, and the key
        by the HSM's own means, to every node. The node must not run; its administration log has a record of it, with the
        operating system's name of who ran the command. Not for a module whose keys travel with officers: make a new one of that kind.
        """;

    /// <summary>Makes the next generation, which wraps all new keys from the next start on.</summary>
    /// <exception cref="StartException">The file is not of this token, or its keys travel with officers.</exception>
    public static int Add(string configurationFile, TextWriter output, SamSeams seams)
    {
        SamOptions options = SamHost.ReadOptions(configurationFile);
        using Hsm hsm = TokenKeys.OpenToken(options.Hsm);
        InfrastructureFile before = Read(options, hsm);
        string label = string.Create(CultureInfo.InvariantCulture, $"{before.KeyEncryptionKey}-{Newest(before) + 1}");
        bool exists = hsm.Exists(label);
        if (!exists)
        {
            hsm.GenerateKeyEncryptionKey(label);
        }

        output.WriteLine($"Key {label}: {(exists ? "was there" : "made")}.");
        InfrastructureFile after = before with { LaterKeyEncryptionKeys = [.. before.LaterKeyEncryptionKeys ?? [], label] };
        return Write(options, hsm, after, new CommandRecord(AuditEvents.AddKeyEncryptionKey, $"generation {Newest(after)}: {label}"), seams, output);
    }

    /// <summary>From the next start on, keys under this generation are refused.</summary>
    /// <exception cref="StartException">It is the newest one, unknown, or retired before.</exception>
    public static int Retire(string configurationFile, string generation, TextWriter output, SamSeams seams)
    {
        SamOptions options = SamHost.ReadOptions(configurationFile);
        using Hsm hsm = TokenKeys.OpenToken(options.Hsm);
        InfrastructureFile before = Read(options, hsm);
        if (!int.TryParse(generation, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            || number < 1 || number >= Newest(before) || before.RetiredGenerations?.Contains(number) == true)
        {
            throw new StartException(
                $"Generation {generation} cannot be retired: it must be one of 1 to {Newest(before) - 1} that is in use. "
                + "The newest generation is never retired; add another one first.");
        }

        InfrastructureFile after = before with { RetiredGenerations = [.. before.RetiredGenerations ?? [], number] };
        return Write(options, hsm, after, new CommandRecord(AuditEvents.RetireKeyEncryptionKey, $"generation {number}"), seams, output);
    }

    private static int Newest(InfrastructureFile file) => 1 + (file.LaterKeyEncryptionKeys?.Count ?? 0);

    private static InfrastructureFile Read(SamOptions options, Hsm hsm)
    {
        InfrastructureFile file = InfrastructureFile.Parse(File.ReadAllBytes(options.InfrastructureFile), options.InfrastructureFile);
        if (!hsm.Exists(file.FloorKey) || !file.IsAuthentic(text => hsm.Hmac(file.FloorKey, text)))
        {
            throw new StartException($"{options.InfrastructureFile} is not of this token, or was changed.");
        }

        return file.Transfer is null ? file : throw new StartException(
            "The keys of this module travel with officers, so a further key cannot be put into its file. Make a new module of that kind.");
    }

    /// <summary>The old file or the new one is there, whenever the machine fails.</summary>
    private static int Write(
        SamOptions options, Hsm hsm, InfrastructureFile file, CommandRecord record, SamSeams seams, TextWriter output)
    {
        InfrastructureFile authentic = file.Authenticate(text => hsm.Hmac(file.FloorKey, text));
        byte[] bytes = authentic.ToBytes();
        string node = NodeFolder.ReadNodeName(options);
        string auditKey = File.ReadAllText(options.AuditKeyFile).TrimEnd();
        record.Write(options, node, Infrastructure.ForNode(authentic, node, auditKey, InfrastructureFile.Digest(bytes)), hsm, seams);
        string next = options.InfrastructureFile + ".next";
        File.Delete(next);
        NodeFolder.WriteOwnerOnly(next, bytes);
        File.Move(next, options.InfrastructureFile, overwrite: true);
        DurableFolder.Flush(options.DataFolder);
        output.WriteLine($"Wrote {options.InfrastructureFile}. Fingerprint: {InfrastructureFile.Fingerprint(bytes)}. Start the node.");
        return 0;
    }
}
