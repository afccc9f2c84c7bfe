using System.Security.Cryptography;
using System.Text;

namespace RemoteSigning.Contracts.Activation;

/// <summary>
/// The WebAuthn challenge that a device key answers: a digest of the very string that is approved, so that whoever
/// shows the content computes the challenge, and nobody else chooses it.
/// </summary>
public static class DeviceChallenge
{
    /// <summary>SHA-256("RemoteSigning activation v1" ‖ 0x00 ‖ UTF-8 of an <see cref="ActivationContent"/> as it travels).</summary>
    public static byte[] ForActivation(string content) => Digest("RemoteSigning activation v1\0"u8, content);

    /// <summary>SHA-256("RemoteSigning assignment v1" ‖ 0x00 ‖ UTF-8 of an <see cref="AssignmentContent"/> as it travels).</summary>
    public static byte[] ForAssignment(string content) => Digest("RemoteSigning assignment v1\0"u8, content);

    private static byte[] Digest(ReadOnlySpan<byte> label, string content) =>
        SHA256.HashData([.. label, .. Encoding.UTF8.GetBytes(content)]);
}
