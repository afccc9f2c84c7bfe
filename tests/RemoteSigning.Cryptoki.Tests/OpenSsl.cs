using RemoteSigning.Sandbox;

namespace RemoteSigning.Cryptoki.Tests;

/// <summary>A second opinion on signatures.</summary>
internal static class OpenSsl
{
    /// <summary>True when <c>openssl pkeyutl -verify</c> accepts the signature over the digest.</summary>
    public static bool Verifies(byte[] publicKeyInfo, byte[] digest, byte[] signature, params string[] options)
    {
        string folder = Directory.CreateTempSubdirectory("remotesigning-verify-").FullName;
        try
        {
            string Write(string name, byte[] content)
            {
                string path = Path.Combine(folder, name);
                File.WriteAllBytes(path, content);
                return path;
            }

            IEnumerable<string> arguments =
            [
                "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", Write("key", publicKeyInfo),
                "-in", Write("digest", digest), "-sigfile", Write("signature", signature),
                .. options.SelectMany(o => new[] { "-pkeyopt", o }),
            ];
            return Commands.Try("openssl", [.. arguments]).ExitCode == 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
