using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Caching.Memory;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Hosting;

namespace RemoteSigning.Server.Credentials;

/// <summary>What a credential's public key is and can be used with.</summary>
internal sealed class KeyInfo
{
    private static readonly string[] RsaOids =
        [Oids.Sha256WithRsa, Oids.Sha384WithRsa, Oids.Sha512WithRsa, Oids.Rsa, Oids.RsaPss];

    private static readonly string[] EcdsaOids = [Oids.EcdsaWithSha256, Oids.EcdsaWithSha384, Oids.EcdsaWithSha512];

    /// <summary>Reading a key takes several times as long as verifying with it.</summary>
    private static readonly MemoryCache Known = new(new MemoryCacheOptions { SizeLimit = 4096 });

    private readonly bool _isRsa;
    private readonly KeptKey<AsymmetricAlgorithm> _key;

    private KeyInfo(string publicKey)
    {
        SubjectPublicKeyInfo = Convert.FromBase64String(publicKey[PemEncoding.Find(publicKey).Base64Data]);
        _isRsa = PublicKey.CreateFromSubjectPublicKeyInfo(SubjectPublicKeyInfo, out _).Oid.Value == Oids.Rsa;
        _key = new KeptKey<AsymmetricAlgorithm>(Import);
        (Bits, CurveOid) = _key.Use(key => (
            key.KeySize, key is ECDsa ec ? ec.ExportParameters(includePrivateParameters: false).Curve.Oid.Value : null));
    }

    /// <summary>Hash algorithms that may be signed over. SHA-1 is refused, always.</summary>
    public static IReadOnlyList<DigestAlgorithm> Digests { get; } =
        [DigestAlgorithm.Sha256, DigestAlgorithm.Sha384, DigestAlgorithm.Sha512];

    /// <summary>Every <c>signAlgo</c> that some key here can have.</summary>
    public static IReadOnlySet<string> AllAlgorithmOids { get; } = new HashSet<string>([.. RsaOids, .. EcdsaOids]);

    /// <summary>DER; not to be changed, as others have the same object.</summary>
    public byte[] SubjectPublicKeyInfo { get; }

    /// <summary>CSC <c>key.len</c>: modulus or field length.</summary>
    public int Bits { get; }

    /// <summary>CSC <c>key.curve</c>; null for RSA.</summary>
    public string? CurveOid { get; }

    /// <summary>CSC <c>key.algo</c>. Hash-bound ones come first: some clients take the first, some refuse plain RSA alone.</summary>
    public IReadOnlyList<string> AlgorithmOids => _isRsa ? RsaOids : EcdsaOids;

    /// <param name="publicKey">SubjectPublicKeyInfo, PEM.</param>
    public static KeyInfo Of(string publicKey) => Known.GetOrCreate(publicKey, entry =>
    {
        entry.Size = 1;
        return new KeyInfo(publicKey);
    })!; // Never made null.

    public bool Fits(SignatureScheme scheme) => (scheme != SignatureScheme.Ecdsa) == _isRsa;

    /// <summary>Whether the modulus is long enough for the salt (RFC 8017, 9.1.1, step 3).</summary>
    public bool HasRoomFor(SignatureAlgorithm algorithm) =>
        algorithm.Scheme != SignatureScheme.RsaPss || (Bits + 6) / 8 >= algorithm.Digest.Length + algorithm.SaltLength + 2;

    /// <summary>The algorithm with which the key signs its own certification request.</summary>
    public SignatureAlgorithm RequestAlgorithm => Bits switch
    {
        _ when _isRsa => new(SignatureScheme.RsaPkcs1, DigestAlgorithm.Sha256),
        <= 256 => new(SignatureScheme.Ecdsa, DigestAlgorithm.Sha256),
        <= 384 => new(SignatureScheme.Ecdsa, DigestAlgorithm.Sha384),
        _ => new(SignatureScheme.Ecdsa, DigestAlgorithm.Sha512),
    };

    public bool Verify(SignatureAlgorithm algorithm, byte[] digest, byte[] signature) => _key.Use(key => (algorithm.Scheme, key) switch
    {
        (SignatureScheme.Ecdsa, ECDsa ec) => ec.VerifyHash(digest, signature, DSASignatureFormat.Rfc3279DerSequence),
        (SignatureScheme.RsaPkcs1, RSA rsa) => rsa.VerifyHash(digest, signature, algorithm.Digest.Name, RSASignaturePadding.Pkcs1),
        (SignatureScheme.RsaPss, RSA rsa) => RsaPss.Verify(rsa, algorithm, digest, signature),
        _ => false,
    });

    private AsymmetricAlgorithm Import()
    {
        AsymmetricAlgorithm key = _isRsa ? RSA.Create() : ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(SubjectPublicKeyInfo, out _);
        return key;
    }
}
