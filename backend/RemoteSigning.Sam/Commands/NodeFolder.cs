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

    /// <summary>Makes the node's audit key, writes the files, shows the fingerprint.</summary>
    /// <param name="file">The exact bytes of <c>sam_infrastructure.json</c>.</param>
    public static void Write(SamOptions options, string node, byte[] file, ModuleKeys keys, TextWriter output)
    {
        InfrastructureFile infrastructure = InfrastructureFile.Parse(file, options.InfrastructureFile);
        string auditKey = keys.EnsureAuditKey(Infrastructure.AuditKeyLabel(infrastructure, node));
        WriteOwnerOnly(options.InfrastructureFile, file);
        File.WriteAllText(options.AuditKeyFile, auditKey + "\n");
        File.WriteAllText(options.SealingKeyFile, infrastructure.SealingPublicKey + "\n");
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
