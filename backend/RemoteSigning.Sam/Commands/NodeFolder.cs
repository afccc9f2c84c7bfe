using RemoteSigning.Cryptoki;
using RemoteSigning.Sam.Audit;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Options;
using RemoteSigning.Sam.Transport;

namespace RemoteSigning.Sam.Commands;

/// <summary>What <c>admin create</c> and <c>admin initialize</c> leave in the data folder of a new node.</summary>
internal static class NodeFolder
{
    /// <exception cref="StartException">The node exists.</exception>
    public static void RefuseExisting(SamOptions options)
    {
        if (Array.Find([options.InfrastructureFile, options.AuditKeyFile, options.SealingKeyFile], File.Exists) is { } existing)
        {
            throw new StartException($"The node exists already: {existing}. It is not overwritten; use another data folder for another node.");
        }
    }

    /// <summary>The node's name, which its audit key bears.</summary>
    public static string ReadNodeName(SamOptions options) =>
        ConfigurationJson.Read(options.StaticConfiguration, ConfigurationJson.Default.StaticConfiguration).Node;

    /// <summary>For as long as it is not disposed of, no other process works in the folder.</summary>
    /// <exception cref="StartException">One does.</exception>
    public static FileStream Lock(string folder)
    {
        string path = Path.Combine(folder, "sam.lock");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new StartException($"Another node uses the data folder: {path} is locked. Stop it first.", e);
        }
    }

    /// <summary>Makes the node's audit key, records what is done, writes the files, shows the fingerprint.</summary>
    /// <param name="file">The exact bytes of <c>sam_infrastructure.json</c>.</param>
    public static void Write(
        SamOptions options, string node, byte[] file, Hsm hsm, ModuleKeys keys, CommandRecord record, SamSeams seams, TextWriter output)
    {
        InfrastructureFile infrastructure = InfrastructureFile.Parse(file, options.InfrastructureFile);
        string auditKey = keys.EnsureAuditKey(Infrastructure.AuditKeyLabel(infrastructure, node));
        record.Write(options, node, Infrastructure.ForNode(infrastructure, node, auditKey, InfrastructureFile.Digest(file)), hsm, seams);
        File.WriteAllText(options.AuditKeyFile, auditKey + "\n");
        File.WriteAllText(options.SealingKeyFile, infrastructure.SealingPublicKey + "\n");
        WriteOwnerOnly(options.InfrastructureFile, file);
        DurableFolder.Flush(options.DataFolder);
        output.WriteLine($"Created {options.InfrastructureFile}, {options.AuditKeyFile}, {options.SealingKeyFile}.");
        output.WriteLine($"Fingerprint of sam_infrastructure.json: {InfrastructureFile.Fingerprint(file)}");
    }

    /// <summary>Writes a file that is not there yet.</summary>
    public static void WriteOwnerOnly(string path, byte[] bytes)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using FileStream stream = new(path, options);
        stream.Write(bytes);
        stream.Flush(flushToDisk: true);
    }
}
