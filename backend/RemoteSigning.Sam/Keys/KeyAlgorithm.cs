using System.Security.Cryptography;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Keys;

/// <summary>
/// The kinds of keys that signers may have (SAM-19), and what may be signed with each: SHA-256 and longer, PSS
/// with a salt that fits. An ECDSA digest longer than the curve's order is cut by the HSM (FIPS 186-5, 6.4.1).
/// SHA-1 is known, and refused but where the policy allows it with RSA PKCS#1 and ECDSA; never with PSS.
/// </summary>
internal sealed record KeyAlgorithm(string Name, bool IsRsa, int Bits, string CurveOid = "")
{
    private static readonly KeyAlgorithm[] All =
    [
        new("RSA-2048", true, 2048),
        new("RSA-3072", true, 3072),
        new("RSA-4096", true, 4096),
        new("ECDSA-P-256", false, 256, Oids.P256),
        new("ECDSA-P-384", false, 384, Oids.P384),
        new("ECDSA-P-521", false, 521, Oids.P521),
    ];

    public ECCurve Curve => ECCurve.CreateFromValue(CurveOid);

    public static KeyAlgorithm? FromName(string name) => All.FirstOrDefault(a => a.Name == name);

    /// <exception cref="ProblemException">The template names no key that this SAM makes.</exception>
    public static KeyAlgorithm FromTemplate(KeyTemplate template) => template switch
    {
        { Algorithm: "RSA", Size: { } size, NamedCurve: null } => All.FirstOrDefault(a => a.IsRsa && a.Bits == size),
        { Algorithm: "ECDSA", Size: null, NamedCurve: { } curve } => FromCurve(curve),
        _ => null,
    } ?? throw Refusals.Create(
        ProblemCodes.AlgorithmUnsupported, $"no such key: {template.Algorithm}, size {template.Size}, curve {template.NamedCurve}");

    /// <exception cref="ProblemException">This kind of key may not sign with this algorithm.</exception>
    public void CheckFits(SignatureAlgorithm algorithm, bool allowSha1)
    {
        bool isSafe = algorithm.Digest != DigestAlgorithm.Sha1 || (allowSha1 && algorithm.Scheme != SignatureScheme.RsaPss);
        bool fits = isSafe && algorithm.Scheme switch
        {
            SignatureScheme.RsaPkcs1 => IsRsa,
            SignatureScheme.RsaPss => IsRsa && algorithm.SaltLength <= (Bits / 8) - algorithm.Digest.Length - 2,
            SignatureScheme.Ecdsa => !IsRsa,
            _ => false,
        };
        if (!fits)
        {
            throw Refusals.Create(
                ProblemCodes.AlgorithmUnsupported,
                $"a {Name} key may not sign with {algorithm.Scheme}, {algorithm.Digest.Name}, salt {algorithm.SaltLength}");
        }
    }

    private static KeyAlgorithm? FromCurve(string name) => FromName(name switch
    {
        "secp256r1" or "prime256v1" => "ECDSA-P-256",
        "secp384r1" or "prime384v1" => "ECDSA-P-384",
        "secp521r1" or "prime521v1" => "ECDSA-P-521",
        _ => "",
    });
}
