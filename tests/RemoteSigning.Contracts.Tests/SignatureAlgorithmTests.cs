using System.Security.Cryptography;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Contracts.Tests;

public sealed class SignatureAlgorithmTests
{
    [TestCase(Oids.Sha256WithRsa, null, SignatureScheme.RsaPkcs1, Oids.Sha256)]
    [TestCase(Oids.Rsa, Oids.Sha384, SignatureScheme.RsaPkcs1, Oids.Sha384)]
    [TestCase(Oids.Sha512WithRsa, Oids.Sha512, SignatureScheme.RsaPkcs1, Oids.Sha512)]
    [TestCase(Oids.EcdsaWithSha1, null, SignatureScheme.Ecdsa, Oids.Sha1)]
    [TestCase(Oids.EcdsaWithSha384, null, SignatureScheme.Ecdsa, Oids.Sha384)]
    public void TryRead_KnownOid_GivesSchemeAndDigest(string oid, string? digest, SignatureScheme scheme, string expected)
    {
        Assert.That(SignatureAlgorithm.TryRead(oid, [], digest, out SignatureAlgorithm? algorithm), Is.True);
        Assert.Multiple(() =>
        {
            Assert.That(algorithm!.Scheme, Is.EqualTo(scheme));
            Assert.That(algorithm!.Digest.Oid, Is.EqualTo(expected));
        });
    }

    [TestCase(Oids.Rsa, null, TestName = "TryRead_PlainRsaWithoutDigest_Refused")]
    [TestCase(Oids.Sha256WithRsa, Oids.Sha384, TestName = "TryRead_DigestThatContradicts_Refused")]
    [TestCase(Oids.RsaPss, Oids.Sha256, TestName = "TryRead_PssWithoutParameters_Refused")]
    [TestCase("1.2.3.4", null, TestName = "TryRead_UnknownOid_Refused")]
    [TestCase("", null, TestName = "TryRead_EmptyOid_Refused")]
    public void TryRead_Bad_Refused(string oid, string? digest) =>
        Assert.That(SignatureAlgorithm.TryRead(oid, [], digest, out _), Is.False);

    [Test]
    public void TryRead_ParametersOnHashBoundOid_OnlyNullAllowed()
    {
        Assert.Multiple(() =>
        {
            Assert.That(SignatureAlgorithm.TryRead(Oids.Sha256WithRsa, [0x05, 0x00], null, out _), Is.True);
            Assert.That(SignatureAlgorithm.TryRead(Oids.Sha256WithRsa, [0x04, 0x00], null, out _), Is.False);
        });
    }

    [Test]
    public void Parameters_Pss_AreThoseOfTheWellKnownEncoding()
    {
        // RSASSA-PSS-params: SHA-256, MGF1 with SHA-256, salt 32, as every encoder writes it.
        const string expected =
            "3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120";

        byte[] der = new SignatureAlgorithm(SignatureScheme.RsaPss, DigestAlgorithm.Sha256, 32).Parameters();

        Assert.That(Convert.ToHexStringLower(der), Is.EqualTo(expected));
    }

    [TestCase(Oids.Sha256, 32)]
    [TestCase(Oids.Sha384, 0)]
    [TestCase(Oids.Sha512, 64)]
    public void TryRead_OwnPssParameters_RoundTrip(string digest, int salt)
    {
        var algorithm = new SignatureAlgorithm(SignatureScheme.RsaPss, DigestAlgorithm.FromOid(digest)!, salt);

        Assert.That(SignatureAlgorithm.TryRead(Oids.RsaPss, algorithm.Parameters(), null, out SignatureAlgorithm? read), Is.True);
        Assert.That(read, Is.EqualTo(algorithm));
    }

    [Test]
    public void TryRead_EmptyPssSequence_IsTheDefaultOfSha1()
    {
        Assert.That(SignatureAlgorithm.TryRead(Oids.RsaPss, [0x30, 0x00], null, out SignatureAlgorithm? read), Is.True);
        Assert.That(read, Is.EqualTo(new SignatureAlgorithm(SignatureScheme.RsaPss, DigestAlgorithm.Sha1, 20)));
    }

    [Test]
    public void TryRead_PssParametersCutOrChangedAnywhere_NeverThrows()
    {
        byte[] der = new SignatureAlgorithm(SignatureScheme.RsaPss, DigestAlgorithm.Sha256, 32).Parameters();
        var original = new SignatureAlgorithm(SignatureScheme.RsaPss, DigestAlgorithm.Sha256, 32);
        for (int at = 0; at < der.Length; at++)
        {
            Assert.That(SignatureAlgorithm.TryRead(Oids.RsaPss, der.AsSpan(0, at), null, out _), Is.False);
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] changed = [.. der];
                changed[at] ^= (byte)(1 << bit);
                bool read = SignatureAlgorithm.TryRead(Oids.RsaPss, changed, null, out SignatureAlgorithm? algorithm);
                Assert.That(read && algorithm == original, Is.False, $"byte {at}, bit {bit}");
            }
        }
    }

    [Test]
    public void TryRead_PssWithAnotherMgfHash_Refused()
    {
        byte[] der = Convert.FromHexString(
            "3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020120");

        Assert.That(SignatureAlgorithm.TryRead(Oids.RsaPss, der, null, out _), Is.False);
    }

    [Test]
    public void All_Digests_HaveTheLengthOfTheirAlgorithm()
    {
        foreach (DigestAlgorithm digest in DigestAlgorithm.All)
        {
            using var hash = IncrementalHash.CreateHash(digest.Name);
            Assert.That(digest.Length, Is.EqualTo(hash.HashLengthInBytes));
        }
    }
}
