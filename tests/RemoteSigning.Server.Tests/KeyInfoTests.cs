using System.Security.Cryptography;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Server.Credentials;
using RemoteSigning.Server.Tests.Fakes;

namespace RemoteSigning.Server.Tests;

/// <summary>Verification of signatures, above all of RSASSA-PSS, which is our own code.</summary>
public sealed class KeyInfoTests
{
    [TestCase(2048, 32)]
    [TestCase(2048, 0)]
    [TestCase(2048, 222)]
    [TestCase(2056, 20)]
    [TestCase(3072, 64)]
    public void Verify_PssOfOurOwnMaking_HoldsForItsOwnDigestAndSaltOnly(int bits, int salt)
    {
        using RSA rsa = RSA.Create(bits);
        var key = new KeyInfo(rsa.ExportSubjectPublicKeyInfoPem());
        var algorithm = new SignatureAlgorithm(SignatureScheme.RsaPss, DigestAlgorithm.Sha256, salt);
        byte[] digest = RandomNumberGenerator.GetBytes(32);
        byte[] signature = PssSignature.Sign(rsa, algorithm, digest);
        byte[] changed = [.. signature];
        changed[7] ^= 4;

        Assert.Multiple(() =>
        {
            Assert.That(key.Verify(algorithm, digest, signature), Is.True);
            Assert.That(key.Verify(algorithm with { SaltLength = salt + 1 }, digest, signature), Is.False);
            Assert.That(key.Verify(algorithm, RandomNumberGenerator.GetBytes(32), signature), Is.False);
            Assert.That(key.Verify(algorithm, digest, changed), Is.False);
            Assert.That(key.Verify(algorithm, digest, signature[1..]), Is.False);
            Assert.That(key.Verify(algorithm, digest, [0, .. signature]), Is.False);
        });
    }

    [Test]
    public void Verify_PssOfDotnet_Holds([Values("SHA256", "SHA384", "SHA512")] string hash)
    {
        using RSA rsa = RSA.Create(2048);
        var key = new KeyInfo(rsa.ExportSubjectPublicKeyInfoPem());
        DigestAlgorithm digest = DigestAlgorithm.FromName(new HashAlgorithmName(hash))!;
        byte[] value = RandomNumberGenerator.GetBytes(digest.Length);
        byte[] signature = rsa.SignHash(value, digest.Name, RSASignaturePadding.Pss);

        Assert.That(key.Verify(new SignatureAlgorithm(SignatureScheme.RsaPss, digest, digest.Length), value, signature), Is.True);
    }

    [Test]
    public void Verify_PssValueNotBelowTheModulus_IsFalse()
    {
        using RSA rsa = RSA.Create(2048);
        var key = new KeyInfo(rsa.ExportSubjectPublicKeyInfoPem());
        byte[] modulus = rsa.ExportParameters(includePrivateParameters: false).Modulus!;

        Assert.That(key.Verify(new SignatureAlgorithm(SignatureScheme.RsaPss, DigestAlgorithm.Sha256, 32), new byte[32], modulus), Is.False);
    }

    [Test]
    public void Verify_SchemeOfAnotherKey_IsFalse()
    {
        using RSA rsa = RSA.Create(2048);
        using ECDsa ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.Multiple(() =>
        {
            Assert.That(
                new KeyInfo(rsa.ExportSubjectPublicKeyInfoPem()).Verify(new(SignatureScheme.Ecdsa, DigestAlgorithm.Sha256), new byte[32], new byte[70]),
                Is.False);
            Assert.That(
                new KeyInfo(ec.ExportSubjectPublicKeyInfoPem()).Verify(new(SignatureScheme.RsaPkcs1, DigestAlgorithm.Sha256), new byte[32], new byte[256]),
                Is.False);
        });
    }
}
