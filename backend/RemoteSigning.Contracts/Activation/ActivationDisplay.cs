using System.Security.Cryptography;
using System.Text;

namespace RemoteSigning.Contracts.Activation;

/// <summary>What the person was shown, reduced to a digest that is kept in content and audit record.</summary>
public static class ActivationDisplay
{
    /// <summary>
    /// SHA-256 over the UTF-8 of four lines, each ended by LF: application name, the client's description
    /// (control characters, line ends and bidirectional controls removed by the caller), count, and the
    /// set digest as base64url.
    /// </summary>
    public static byte[] Digest(string application, string description, int count, string setDigest) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{application}\n{description}\n{count}\n{setDigest}\n"));
}
