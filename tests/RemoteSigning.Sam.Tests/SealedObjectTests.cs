using System.Net;
using System.Security.Cryptography;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Tests;

/// <summary>Nobody but the SAM makes or changes a sealed object.</summary>
public sealed class SealedObjectTests
{
    private static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static readonly KeySealer Sealer = new(
        digest => Key.SignHash(digest, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
        EcdsaVerifier.FromPublicKeyInfo(Key.ExportSubjectPublicKeyInfo()));

    [OneTimeTearDown]
    public void Forget() => Key.Dispose();

    private static SealedKey NewKey() => new()
    {
        KeyId = new string('a', 32),
        Version = 3,
        Algorithm = KeyAlgorithm.FromTemplate(TestKey.P256),
        PublicKeyInfo = Key.ExportSubjectPublicKeyInfo(),
        WrappedPrivateKey = RandomNumberGenerator.GetBytes(144),
        Owner = new(TestKey.Signer, DistinguishedName.Parse(TestKey.Subject), KeyPurposes.Signature, KeyPolicies.Delegated),
        Certificate = new(SHA256.HashData([1]), 1_900_000_000),
        IsEnabled = true,
    };

    private static string CodeOf(KeyPair pair)
    {
        ProblemException refusal = Assert.Throws<ProblemException>(() => Sealer.Open(pair))!;
        return refusal.Code;
    }

    [Test]
    public void Open_SealedKey_SaysWhatWasSealed()
    {
        SealedKey key = NewKey();

        SealedKey opened = Sealer.Open(Sealer.Seal(key));

        Assert.That(SealedKeyEncoding.Encode(opened), Is.EqualTo(SealedKeyEncoding.Encode(key)));
        Assert.That(
            (opened.KeyId, opened.Version, opened.Owner!.Signer, opened.Owner.Purpose, opened.Certificate!.NotAfter, opened.IsEnabled),
            Is.EqualTo((key.KeyId, 3, TestKey.Signer, "signature", 1_900_000_000L, true)));
    }

    [Test]
    public void Open_AnyBitFlipped_IntegrityError()
    {
        KeyPair pair = Sealer.Seal(NewKey());
        for (int bit = 0; bit < pair.Sealed.Length * 8; bit++)
        {
            Assert.That(CodeOf(pair with { Sealed = Flip(pair.Sealed, bit) }), Is.EqualTo("integrity_error"), $"bit {bit}");
        }
    }

    [Test]
    public void Open_OtherLength_IntegrityError()
    {
        KeyPair pair = Sealer.Seal(NewKey());

        Assert.That(CodeOf(pair with { Sealed = [.. pair.Sealed, 0] }), Is.EqualTo("integrity_error"));
        Assert.That(CodeOf(pair with { Sealed = [0, .. pair.Sealed] }), Is.EqualTo("integrity_error"));
        Assert.That(CodeOf(pair with { Sealed = pair.Sealed[..^1] }), Is.EqualTo("integrity_error"));
        Assert.That(CodeOf(pair with { Sealed = [] }), Is.EqualTo("integrity_error"));
        Assert.That(CodeOf(pair with { Sealed = new byte[100_000] }), Is.EqualTo("integrity_error"));
    }

    /// <summary>(r, n−s) verifies as well as (r, s): without the rule of the lower s there would be two genuine objects.</summary>
    [Test]
    public void Open_OtherSignatureOfTheSameSeal_IntegrityError()
    {
        KeyPair pair = Sealer.Seal(NewKey());
        byte[] other = [.. pair.Sealed];
        var order = new System.Numerics.BigInteger(
            Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"), isUnsigned: true, isBigEndian: true);
        byte[] s = (order - new System.Numerics.BigInteger(other.AsSpan(^32), isUnsigned: true, isBigEndian: true))
            .ToByteArray(isUnsigned: true, isBigEndian: true);
        other.AsSpan(^32).Clear();
        s.CopyTo(other, other.Length - s.Length);
        byte[] body = [.. "RemoteSigning sealed key v1\0"u8, .. other[..^64]];
        Assert.That(
            Key.VerifyData(body, other[^64..], HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
            Is.True,
            "the other signature is a signature");

        Assert.That(CodeOf(pair with { Sealed = other }), Is.EqualTo("integrity_error"));
    }

    [Test]
    public void Seal_ManyTimes_NeverTheHigherS()
    {
        for (int i = 0; i < 64; i++)
        {
            Assert.That(Sealer.Open(Sealer.Seal(NewKey())).Version, Is.EqualTo(3));
        }
    }

    [Test]
    public void Open_PlainFieldChanged_IntegrityError()
    {
        KeyPair pair = Sealer.Seal(NewKey());
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.That(CodeOf(pair with { Version = 4 }), Is.EqualTo("integrity_error"));
        Assert.That(CodeOf(pair with { KeyId = new string('b', 32) }), Is.EqualTo("integrity_error"));
        Assert.That(CodeOf(pair with { KeyId = pair.KeyId.ToUpperInvariant() }), Is.EqualTo("integrity_error"));
        Assert.That(CodeOf(pair with { PublicKey = other.ExportSubjectPublicKeyInfoPem() }), Is.EqualTo("integrity_error"));
        Assert.That(CodeOf(pair with { PublicKey = pair.PublicKey + "\n" }), Is.EqualTo("integrity_error"));
    }

    [Test]
    public void Open_SealOfAnotherToken_IntegrityError()
    {
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var foreign = new KeySealer(
            digest => other.SignHash(digest, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
            EcdsaVerifier.FromPublicKeyInfo(other.ExportSubjectPublicKeyInfo()));

        Assert.That(CodeOf(foreign.Seal(NewKey())), Is.EqualTo("integrity_error"));
    }

    [TestCase("CN=A, O=B", "CN=A, O=B", true)]
    [TestCase("CN=A,O=B", "CN=A, O=B", true)]
    [TestCase("CN=A, O=B", "O=B, CN=A", false)]
    [TestCase("CN=A, O=B", "CN=a, O=B", false)]
    [TestCase("CN=A, O=B", "CN=A", false)]
    [TestCase("CN=A", "CN=A, O=B", false)]
    public void AreEqual_Names_ByAttributesAndOrder(string one, string other, bool equal) => Assert.That(
        DistinguishedName.AreEqual(DistinguishedName.Parse(one), DistinguishedName.Parse(other)), Is.EqualTo(equal));

    [Test]
    public void AreEqual_OtherStringType_True()
    {
        var builder = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (builder.PushSequence())
        using (builder.PushSetOf())
        using (builder.PushSequence())
        {
            builder.WriteObjectIdentifier("2.5.4.3");
            builder.WriteCharacterString(System.Formats.Asn1.UniversalTagNumber.UTF8String, "A");
        }

        Assert.That(DistinguishedName.Parse("CN=A"), Is.Not.EqualTo(builder.Encode()));
        Assert.That(DistinguishedName.AreEqual(DistinguishedName.Parse("CN=A"), builder.Encode()), Is.True);
    }

    [Test]
    public async Task Functions_ChangedObject_IntegrityErrorInTheLogAndNever500()
    {
        await using TestNode node = await TestNode.StartNewAsync();
        KeyPair key = await TestKey.EnabledAsync(node, TestKey.P256);
        List<KeyPair> changed =
        [
            key with { Version = 4 },
            key with { KeyId = new string('b', 32) },
            key with { PublicKey = "x" },
            key with { Sealed = [] },
        ];
        for (int bit = 0; bit < key.Sealed.Length * 8; bit += 41)
        {
            changed.Add(key with { Sealed = Flip(key.Sealed, bit) });
        }

        string epoch = await node.EpochAsync();
        foreach (KeyPair pair in changed)
        {
            var request = new SignaturesRequest(
                [new SignatureRequest(new byte[32], Oids.EcdsaWithSha256)], pair, new Signer(TestKey.Signer));
            Reply[] replies =
            [
                await node.Client.SignAsync(request, TestSad.For(node, request, epoch).Sign(node.As1)),
                await node.Client.ChangeStatusAsync(pair, TestKey.Signer, true, false),
            ];
            Assert.That(replies.Select(r => (r.Status, r.Problem.Code)), Is.All.EqualTo((HttpStatusCode.BadRequest, "integrity_error")));
        }

        KeyPair broken = changed[^1];
        (await node.Client.AssignAsync(broken, TestKey.Signer)).MustBe(HttpStatusCode.BadRequest, "integrity_error");
        (await node.Client.ProvePossessionAsync(broken, [], Oids.EcdsaWithSha256)).MustBe(HttpStatusCode.BadRequest, "integrity_error");
        (await node.Client.DeleteAsync(broken, TestKey.Signer)).MustBe(HttpStatusCode.BadRequest, "integrity_error");
        Assert.That(node.Records().Count(r => r.Outcome == "integrity_error"), Is.EqualTo((2 * changed.Count) + 3));
    }

    private static byte[] Flip(byte[] bytes, int bit)
    {
        byte[] flipped = [.. bytes];
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }
}
