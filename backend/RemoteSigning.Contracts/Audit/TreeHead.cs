using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Audit;

/// <summary>
/// The signed head of a log. What is signed (ECDSA P-256, SHA-256, DER) is the UTF-8 of five lines, each
/// ended by LF, so that it can be checked with a shell and openssl:
/// <c>RemoteSigning audit head v1</c>, node, tree size, timestamp, root hash in base64. The first line names the log:
/// that of the administration log is <c>RemoteSigning administration audit head v1</c>.
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

    /// <summary>One of <see cref="AuditLogNames"/>; absent for the service log.</summary>
    public string? Log { get; init; }

    /// <summary><c>size.base64url(root)</c>: which head it is, as the header and the records say it.</summary>
    [JsonIgnore]
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{TreeSize}.{Base64Url.EncodeToString(RootHash)}");

    /// <summary>Reads what <see cref="Name"/> wrote.</summary>
    public static bool TryReadName(string name, out long treeSize, out byte[] rootHash)
    {
        (treeSize, rootHash) = (0, []);
        string[] parts = name.Split('.');
        if (parts.Length != 2
            || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out treeSize)
            || !Base64Url.IsValid(parts[1]))
        {
            return false;
        }

        rootHash = Base64Url.DecodeFromChars(parts[1]);
        return true;
    }

    /// <param name="log">One of <see cref="AuditLogNames"/>; null for the service log.</param>
    public static byte[] SignedText(string node, long treeSize, long timestamp, ReadOnlySpan<byte> rootHash, string? log = null) =>
        Encoding.UTF8.GetBytes(
            $"{FirstLine(log)}\n{node}\n{treeSize}\n{timestamp}\n{Convert.ToBase64String(rootHash)}\n");

    /// <summary>Is it a head of that log, signed by that key? A head of one log never stands for the other.</summary>
    /// <param name="log">One of <see cref="AuditLogNames"/>; null for the service log.</param>
    public bool Verify(ECDsa auditKey, string? log = null) => Log == log && auditKey.VerifyData(
        SignedText(Node, TreeSize, Timestamp, RootHash, log), Signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    private static string FirstLine(string? log) => log switch
    {
        AuditLogNames.Service => "RemoteSigning audit head v1",
        AuditLogNames.Administration => "RemoteSigning administration audit head v1",
        _ => throw new ArgumentOutOfRangeException(nameof(log)),
    };
}
