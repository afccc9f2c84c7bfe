using System.Security.Cryptography;
using System.Text;

namespace RemoteSigning.Contracts.Audit;

/// <summary>
/// Another node's word that it saw a head, after it had seen that the log only grew since the last one. What is signed
/// (ECDSA P-256, SHA-256, DER) is UTF-8: <c>RemoteSigning audit head counter-signature v1</c>, witness, timestamp, each
/// ended by LF, then the signed text of the head (<see cref="TreeHead"/>).
/// </summary>
/// <param name="Witness">The node that signs, with its own audit key.</param>
/// <param name="Timestamp">Unix milliseconds of the witness' clock.</param>
/// <param name="Head">The head of the other node.</param>
/// <param name="Signature">DER ECDSA-Sig-Value; base64 in JSON.</param>
public sealed record CounterSignature(string Witness, long Timestamp, TreeHead Head, byte[] Signature)
{
    public static byte[] SignedText(string witness, long timestamp, TreeHead head) =>
    [
        .. Encoding.UTF8.GetBytes($"RemoteSigning audit head counter-signature v1\n{witness}\n{timestamp}\n"),
        .. TreeHead.SignedText(head.Node, head.TreeSize, head.Timestamp, head.RootHash, head.Log),
    ];

    /// <param name="witnessKey">The audit key of the witness.</param>
    public bool Verify(ECDsa witnessKey) => Head.Log is AuditLogNames.Service or AuditLogNames.Administration
        && witnessKey.VerifyData(
            SignedText(Witness, Timestamp, Head), Signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
}
