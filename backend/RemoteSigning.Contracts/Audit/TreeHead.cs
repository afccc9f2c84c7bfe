using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace RemoteSigning.Contracts.Audit;

/// <summary>
/// The signed head of the log. What is signed (ECDSA P-256, SHA-256, DER) is the UTF-8 of five lines, each
/// ended by LF, so that it can be checked with a shell and openssl:
/// <c>RemoteSigning audit head v1</c>, node, tree size, timestamp, root hash in base64.
/// </summary>
/// <param name="Node">The SAM node whose log it is.</param>
/// <param name="TreeSize">How many records the head covers.</param>
/// <param name="Timestamp">Unix milliseconds.</param>
/// <param name="RootHash">RFC 9162, 2.1.1, SHA-256; base64 in JSON.</param>
/// <param name="Signature">DER ECDSA-Sig-Value; base64 in JSON.</param>
public sealed record TreeHead(string Node, long TreeSize, long Timestamp, byte[] RootHash, byte[] Signature)
{
    /// <summary>Request header in which a client tells the last head it saw: <c>size.base64url(root)</c>.</summary>
    public const string HeaderName = "X-SAM-Head";

    public static byte[] SignedText(string node, long treeSize, long timestamp, ReadOnlySpan<byte> rootHash) =>
        Encoding.UTF8.GetBytes(
            $"RemoteSigning audit head v1\n{node}\n{treeSize}\n{timestamp}\n{Convert.ToBase64String(rootHash)}\n");

    /// <summary>The value of <see cref="HeaderName"/> that names this head.</summary>
    public string ToHeader() => $"{TreeSize}.{Base64Url.EncodeToString(RootHash)}";

    public bool Verify(ECDsa auditKey) => auditKey.VerifyData(
        SignedText(Node, TreeSize, Timestamp, RootHash), Signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
}
