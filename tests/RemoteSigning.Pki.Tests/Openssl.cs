using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Pki.Tests;

/// <summary>Third-party programs at work on files below the world's folder.</summary>
internal static class Openssl
{
    public static string Run(params string[] arguments) => Commands.Run("openssl", arguments);

    public static CommandResult Try(params string[] arguments) => Commands.Try("openssl", arguments);

    /// <summary>Writes a certificate as a PEM file of a name of its own.</summary>
    public static string Write(X509Certificate2 certificate) => Write(certificate.ExportCertificatePem(), ".pem");

    public static string Write(string text, string extension)
    {
        string file = PkiWorld.In($"{Guid.NewGuid():N}{extension}");
        File.WriteAllText(file, text);
        return file;
    }

    public static string Write(byte[] content, string extension)
    {
        string file = PkiWorld.In($"{Guid.NewGuid():N}{extension}");
        File.WriteAllBytes(file, content);
        return file;
    }

    /// <summary>Downloads a public file.</summary>
    public static async Task<string> DownloadAsync(string path, string extension) =>
        Write(await PkiWorld.PublicClient.GetByteArrayAsync(path), extension);

    /// <summary>Both revocation lists in one PEM file.</summary>
    public static async Task<string> RevocationListsAsync()
    {
        string root = Run("crl", "-inform", "DER", "-in", await DownloadAsync("/crl/root.crl", ".crl"));
        string issuing = Run("crl", "-inform", "DER", "-in", await DownloadAsync("/crl/issuing.crl", ".crl"));
        return Write(root + issuing, ".pem");
    }
}
