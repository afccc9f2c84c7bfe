using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Tests;

/// <summary>The course of a key up to where a test wants it, as an SSA and a CA would go it.</summary>
internal static class TestKey
{
    public const string Signer = "signer-1";

    public const string Subject = "E=signer@example.com, CN=A Signer, O=Example";

    public static readonly KeyTemplate P256 = new("ECDSA", null, "secp256r1");

    public static readonly KeyTemplate Rsa2048 = new("RSA", 2048);

    public static async Task<KeyPair> AssignedAsync(TestNode node, KeyTemplate template, string purpose = KeyPurposes.Signature) =>
        (await node.Client.AssignAsync((await node.Client.GenerateAsync(template)).KeyPair, Signer, purpose: purpose)).KeyPair;

    /// <summary>A key that may sign.</summary>
    public static async Task<KeyPair> EnabledAsync(TestNode node, KeyTemplate template)
    {
        KeyPair assigned = await AssignedAsync(node, template);
        return (await node.Client.ChangeStatusAsync(assigned, Signer, true, true, Certificate(assigned))).KeyPair;
    }

    /// <summary>A certificate of a CA that exists for this one certificate.</summary>
    public static byte[] Certificate(
        KeyPair pair,
        string subject = Subject,
        X509KeyUsageFlags usage = X509KeyUsageFlags.NonRepudiation,
        DateTimeOffset? notAfter = null)
    {
        using ECDsa authority = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var issuer = new X500DistinguishedName("CN=Issuer");
        var request = new CertificateRequest(
            new X500DistinguishedName(subject), PublicKey.CreateFromSubjectPublicKeyInfo(PublicKeyPem.Decode(pair.PublicKey), out _), HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, critical: true));
        DateTimeOffset end = notAfter ?? DateTimeOffset.UtcNow.AddYears(1);
        using X509Certificate2 certificate = request.Create(
            issuer, X509SignatureGenerator.CreateForECDsa(authority), end.AddYears(-2), end, RandomNumberGenerator.GetBytes(16));
        return certificate.RawData;
    }

    public static bool Verifies(KeyPair pair, string algorithm, byte[] parameters, byte[] digest, byte[] signature)
    {
        if (!SignatureAlgorithm.TryRead(algorithm, parameters, null, out SignatureAlgorithm? read))
        {
            return false;
        }

        byte[] publicKey = PublicKeyPem.Decode(pair.PublicKey);
        if (read.Scheme == SignatureScheme.Ecdsa)
        {
            using ECDsa key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(publicKey, out _);
            return key.VerifyHash(digest, signature, DSASignatureFormat.Rfc3279DerSequence);
        }

        using RSA rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(publicKey, out _);
        RSASignaturePadding padding = read.Scheme == SignatureScheme.RsaPss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
        return rsa.VerifyHash(digest, signature, read.Digest.Name, padding);
    }
}
