using System.Security.Cryptography;
using System.Text.Json;
using RemoteSigning.Cryptoki;
using RemoteSigning.Hosting;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Options;

namespace RemoteSigning.Sam.Commands;

/// <summary><c>admin create</c> (SAM-35): makes what is missing of the node's keys and writes down which is which.</summary>
internal static class AdminCreateCommand
{
    private const string KeyEncryptionKey = "sam-kek";
    private const string SealingKey = "sam-sealing";
    private const string AuditKey = "sam-audit";
    private const string FloorKey = "sam-floor";

    public static int Run(string configurationFile, TextWriter output)
    {
        OwnerOnlyFile.Check(configurationFile);
        SamOptions options = SamHost.ReadOptions(
            new ConfigurationBuilder().AddJsonFile(Path.GetFullPath(configurationFile), optional: false).Build());
        string[] files = [options.InfrastructureFile, options.AuditKeyFile, options.SealingKeyFile];
        if (Array.Find(files, File.Exists) is { } existing)
        {
            throw new StartException($"The node exists already: {existing}. It is not overwritten; use another data folder for another node.");
        }

        using Hsm hsm = TokenKeys.OpenToken(options.Hsm);
        Infrastructure infrastructure = Create(hsm, output);
        File.WriteAllText(options.AuditKeyFile, infrastructure.AuditPublicKey + "\n");
        File.WriteAllText(options.SealingKeyFile, infrastructure.SealingPublicKey + "\n");
        WriteOwnerOnly(
            options.InfrastructureFile, JsonSerializer.SerializeToUtf8Bytes(infrastructure, ConfigurationJson.Default.Infrastructure));
        output.WriteLine($"Created {string.Join(", ", files)}.");
        return 0;
    }

    private static Infrastructure Create(Hsm hsm, TextWriter output)
    {
        Ensure(KeyEncryptionKey, hsm.GenerateKeyEncryptionKey);
        Ensure(SealingKey, label => hsm.GenerateEcdsa(label, ECCurve.NamedCurves.nistP256));
        Ensure(AuditKey, label => hsm.GenerateEcdsa(label, ECCurve.NamedCurves.nistP256));
        Ensure(FloorKey, hsm.GenerateHmacKey);
        return new Infrastructure(
            Infrastructure.CurrentVersion, KeyEncryptionKey, SealingKey, AuditKey, FloorKey, PublicKey(hsm, SealingKey), PublicKey(hsm, AuditKey));

        void Ensure(string label, Action<string> generate)
        {
            bool exists = hsm.Exists(label);
            if (!exists)
            {
                generate(label);
            }

            output.WriteLine($"Key {label}: {(exists ? "was there" : "made")}.");
        }
    }

    private static string PublicKey(Hsm hsm, string label)
    {
        using ECDsa key = hsm.OpenEcdsa(label);
        return PublicKeyPem.Encode(key.ExportSubjectPublicKeyInfo());
    }

    private static void WriteOwnerOnly(string path, byte[] bytes)
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
