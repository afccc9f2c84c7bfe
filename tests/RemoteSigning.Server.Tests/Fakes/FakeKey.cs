using System.Security.Cryptography;
using System.Text;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>A signer's key in the fake SAM: a real key, in memory.</summary>
internal sealed class FakeKey(KeyTemplate template)
{
    private readonly AsymmetricAlgorithm _key = template.NamedCurve switch
    {
        null => RSA.Create(template.Size!.Value),
        "secp256r1" or "prime256v1" => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        "secp384r1" or "prime384v1" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        _ => ECDsa.Create(ECCurve.NamedCurves.nistP521),
    };

    public string Id { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    public int Version { get; set; } = 1;

    /// <summary>Of the key-encryption key.</summary>
    public int Generation { get; set; } = 1;

    /// <summary>The version that was moved under that generation.</summary>
    public int MovedFrom { get; set; }

    public string? Owner { get; set; }

    public string? Subject { get; set; }

    public string? Purpose { get; set; }

    public bool Certified { get; set; }

    public bool Enabled { get; set; }

    public bool Deleted { get; set; }

    public byte[] PublicKeyInfo => _key.ExportSubjectPublicKeyInfo();

    public KeyPair Object => new(Version, Id, _key.ExportSubjectPublicKeyInfoPem(), Seal());

    public byte[] Seal() => Encoding.UTF8.GetBytes($"sealed {Id} {Version} {Owner} {Certified} {Enabled}");

    public byte[] SignDigest(SignatureAlgorithm algorithm, byte[] digest) => (_key, algorithm.Scheme) switch
    {
        (ECDsa ec, SignatureScheme.Ecdsa) => ec.SignHash(digest, DSASignatureFormat.Rfc3279DerSequence),
        (RSA rsa, SignatureScheme.RsaPkcs1) => rsa.SignHash(digest, algorithm.Digest.Name, RSASignaturePadding.Pkcs1),
        (RSA rsa, SignatureScheme.RsaPss) => PssSignature.Sign(rsa, algorithm, digest),
        _ => throw new FakeRefusal(400, Contracts.Problem.UnsupportedAlgorithm, Contracts.ProblemCodes.AlgorithmUnsupported),
    };
}
