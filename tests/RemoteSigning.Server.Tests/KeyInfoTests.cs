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
        KeyInfo key = KeyInfo.Of(rsa.ExportSubjectPublicKeyInfoPem());
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
        KeyInfo key = KeyInfo.Of(rsa.ExportSubjectPublicKeyInfoPem());
        DigestAlgorithm digest = DigestAlgorithm.FromName(new HashAlgorithmName(hash))!;
        byte[] value = RandomNumberGenerator.GetBytes(digest.Length);
        byte[] signature = rsa.SignHash(value, digest.Name, RSASignaturePadding.Pss);

        Assert.That(key.Verify(new SignatureAlgorithm(SignatureScheme.RsaPss, digest, digest.Length), value, signature), Is.True);
    }

    [Test]
    public void Verify_PssValueNotBelowTheModulus_IsFalse()
    {
        using RSA rsa = RSA.Create(2048);
        KeyInfo key = KeyInfo.Of(rsa.ExportSubjectPublicKeyInfoPem());
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
                KeyInfo.Of(rsa.ExportSubjectPublicKeyInfoPem()).Verify(new(SignatureScheme.Ecdsa, DigestAlgorithm.Sha256), new byte[32], new byte[70]),
                Is.False);
            Assert.That(
                KeyInfo.Of(ec.ExportSubjectPublicKeyInfoPem()).Verify(new(SignatureScheme.RsaPkcs1, DigestAlgorithm.Sha256), new byte[32], new byte[256]),
                Is.False);
        });
    }

    [Test]
    public void Verify_FromManyThreads_EachGetsTheVerdictOfItsOwnSignature()
    {
        using RSA rsa = RSA.Create(2048);
        using ECDsa ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        AssertVerdicts(
            rsa.ExportSubjectPublicKeyInfoPem(), SignatureScheme.RsaPkcs1, d => rsa.SignHash(d, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        AssertVerdicts(
            ec.ExportSubjectPublicKeyInfoPem(), SignatureScheme.Ecdsa, d => ec.SignHash(d, DSASignatureFormat.Rfc3279DerSequence));
    }

    private static void AssertVerdicts(string publicKey, SignatureScheme scheme, Func<byte[], byte[]> sign)
    {
        (byte[] Digest, byte[] Signature, bool IsGood)[] cases =
        [
            .. Enumerable.Range(0, 64).Select(n =>
            {
                byte[] digest = RandomNumberGenerator.GetBytes(32);
                return (digest, sign(n % 2 == 0 ? digest : RandomNumberGenerator.GetBytes(32)), n % 2 == 0);
            }),
        ];
        bool[] verdicts = new bool[cases.Length];
        Parallel.For(0, cases.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, n =>
            verdicts[n] = KeyInfo.Of(publicKey).Verify(new(scheme, DigestAlgorithm.Sha256), cases[n].Digest, cases[n].Signature));

        Assert.That(verdicts, Is.EqualTo(cases.Select(c => c.IsGood)));
    }
}
