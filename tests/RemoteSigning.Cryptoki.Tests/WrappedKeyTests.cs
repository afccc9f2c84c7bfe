using System.Security.Cryptography;
using NUnit.Framework;

namespace RemoteSigning.Cryptoki.Tests;

[TestFixture]
[Category("Hsm")]
internal sealed class WrappedKeyTests
{
    private static readonly HashAlgorithmName[] Hashes =
        [HashAlgorithmName.SHA1, HashAlgorithmName.SHA256, HashAlgorithmName.SHA384, HashAlgorithmName.SHA512];

    [TestCase(2048)]
    [TestCase(3072)]
    [TestCase(4096)]
    public void SignWithWrapped_RsaAllPaddingsAndHashes_EachVerifiesInItsPlace(int bits)
    {
        WrappedKeyPair pair = SharedToken.Hsm.GenerateWrappedRsa(SharedToken.KeyEncryptionKey, bits);
        using RSA key = RSA.Create();
        key.ImportSubjectPublicKeyInfo(pair.PublicKeyInfo, out _);
        HsmSignature[] requests =
        [
            .. Hashes.Select(h => new HsmSignature(RSASignaturePadding.Pkcs1, h, 0, Digest(h))),
            .. Hashes.Select(h => new HsmSignature(RSASignaturePadding.Pss, h, Digest(h).Length, Digest(h))),
        ];

        IReadOnlyList<byte[]> signatures = Sign(pair, isRsa: true, requests);

        Assert.That(key.KeySize, Is.EqualTo(bits));
        Assert.That(signatures, Has.Count.EqualTo(requests.Length));
        foreach ((HsmSignature request, byte[] signature) in requests.Zip(signatures))
        {
            Assert.That(key.VerifyHash(request.Digest.Span, signature, request.Hash, request.Padding!), $"{request.Padding} {request.Hash}");
        }
    }

    [TestCase("nistP256", 64)]
    [TestCase("nistP384", 96)]
    [TestCase("nistP521", 132)]
    public void SignWithWrapped_EcdsaAllHashes_VerifiesWithFixedWidth(string curve, int length)
    {
        WrappedKeyPair pair = SharedToken.Hsm.GenerateWrappedEcdsa(SharedToken.KeyEncryptionKey, ECCurve.CreateFromFriendlyName(curve));
        using ECDsa key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(pair.PublicKeyInfo, out _);
        HsmSignature[] requests = [.. Hashes.Select(h => new HsmSignature(null, h, 0, Digest(h)))];

        IReadOnlyList<byte[]> signatures = Sign(pair, isRsa: false, requests);

        foreach ((HsmSignature request, byte[] signature) in requests.Zip(signatures))
        {
            Assert.That(signature, Has.Length.EqualTo(length));
            Assert.That(key.VerifyHash(request.Digest.Span, signature), $"{request.Hash}");
        }
    }

    [Test]
    public void SignWithWrapped_ManyEcdsa_KeepFixedWidthWithLeadingZeros()
    {
        WrappedKeyPair pair = SharedToken.Hsm.GenerateWrappedEcdsa(SharedToken.KeyEncryptionKey, ECCurve.NamedCurves.nistP256);
        using ECDsa key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(pair.PublicKeyInfo, out _);
        byte[] digest = Digest(HashAlgorithmName.SHA256);
        bool hadLeadingZero = false;

        // One in 128 begins with a zero in r or s; 4,000 without any would be a miracle.
        for (int batch = 0; batch < 40; batch++)
        {
            foreach (byte[] signature in Sign(pair, false, [.. Enumerable.Repeat(new HsmSignature(null, HashAlgorithmName.SHA256, 0, digest), 100)]))
            {
                hadLeadingZero |= signature[0] == 0 || signature[32] == 0;
                Assert.That(signature, Has.Length.EqualTo(64));
                Assert.That(key.VerifyHash(digest, signature));
            }
        }

        Assert.That(hadLeadingZero);
    }

    [TestCase(0)]
    [TestCase(8)]
    [TestCase(32)]
    [TestCase(222)]
    public void SignWithWrapped_PssSaltLength_IsTheOneAskedFor(int saltLength)
    {
        WrappedKeyPair pair = SharedToken.Hsm.GenerateWrappedRsa(SharedToken.KeyEncryptionKey, 2048);
        byte[] digest = Digest(HashAlgorithmName.SHA256);
        var request = new HsmSignature(RSASignaturePadding.Pss, HashAlgorithmName.SHA256, saltLength, digest);

        byte[] signature = Sign(pair, true, request)[0];

        Assert.That(OpenSsl.Verifies(
            pair.PublicKeyInfo, digest, signature, "digest:sha256", "rsa_padding_mode:pss", $"rsa_pss_saltlen:{saltLength}"));
        Assert.That(
            OpenSsl.Verifies(
                pair.PublicKeyInfo, digest, signature, "digest:sha256", "rsa_padding_mode:pss", $"rsa_pss_saltlen:{saltLength + 1}"),
            Is.False);
    }

    [Test]
    public void SignWithWrapped_Pkcs1_VerifiesWithOpenSsl()
    {
        WrappedKeyPair pair = SharedToken.Hsm.GenerateWrappedRsa(SharedToken.KeyEncryptionKey, 2048);
        byte[] digest = Digest(HashAlgorithmName.SHA512);

        byte[] signature = Sign(pair, true, new HsmSignature(RSASignaturePadding.Pkcs1, HashAlgorithmName.SHA512, 0, digest))[0];

        Assert.That(OpenSsl.Verifies(pair.PublicKeyInfo, digest, signature, "digest:sha512"));
        Assert.That(OpenSsl.Verifies(pair.PublicKeyInfo, [.. digest.Reverse()], signature, "digest:sha512"), Is.False);
    }

    [Test]
    public void SignWithWrapped_SecondRequestRefusedByTheHsm_LeavesNoObject()
    {
        WrappedKeyPair pair = SharedToken.Hsm.GenerateWrappedRsa(SharedToken.KeyEncryptionKey, 2048);
        byte[] digest = Digest(HashAlgorithmName.SHA256);
        using var raw = new RawToken(SharedToken.Hsm.Options.TokenLabel);
        int before = raw.CountObjects();

        Assert.That(
            () => Sign(
                pair,
                true,
                new HsmSignature(RSASignaturePadding.Pss, HashAlgorithmName.SHA256, 32, digest),
                new HsmSignature(RSASignaturePadding.Pss, HashAlgorithmName.SHA256, 100_000, digest)),
            Throws.InstanceOf<HsmException>());
        Assert.That(raw.CountObjects(), Is.EqualTo(before));
    }

    [Test]
    public void SignWithWrapped_AndGenerateWrapped_LeaveNoObject()
    {
        SharedToken.Hsm.Probe(); // Renews a login that other tests of this process ended: without one, private objects do not count.
        using var raw = new RawToken(SharedToken.Hsm.Options.TokenLabel);
        int before = raw.CountObjects();

        WrappedKeyPair rsa = SharedToken.Hsm.GenerateWrappedRsa(SharedToken.KeyEncryptionKey, 2048);
        WrappedKeyPair ec = SharedToken.Hsm.GenerateWrappedEcdsa(SharedToken.KeyEncryptionKey, ECCurve.NamedCurves.nistP384);
        Sign(rsa, true, new HsmSignature(RSASignaturePadding.Pkcs1, HashAlgorithmName.SHA256, 0, Digest(HashAlgorithmName.SHA256)));
        Sign(ec, false, new HsmSignature(null, HashAlgorithmName.SHA256, 0, Digest(HashAlgorithmName.SHA256)));

        Assert.That(before, Is.GreaterThan(0));
        Assert.That(raw.CountObjects(), Is.EqualTo(before));
    }

    [Test]
    public void SignWithWrapped_EcKeyTakenForRsa_IsRefusedAndLeavesNoObject()
    {
        WrappedKeyPair ec = SharedToken.Hsm.GenerateWrappedEcdsa(SharedToken.KeyEncryptionKey, ECCurve.NamedCurves.nistP256);
        using var raw = new RawToken(SharedToken.Hsm.Options.TokenLabel);
        int before = raw.CountObjects();
        var request = new HsmSignature(RSASignaturePadding.Pkcs1, HashAlgorithmName.SHA256, 0, Digest(HashAlgorithmName.SHA256));

        Assert.That(() => Sign(ec, true, request), Throws.InstanceOf<HsmException>());
        Assert.That(raw.CountObjects(), Is.EqualTo(before));
    }

    [TestCase(19)]
    [TestCase(31)]
    [TestCase(33)]
    [TestCase(0)]
    [TestCase(51)]
    public void SignWithWrapped_DigestOfWrongLength_IsRefusedBeforeTheHsm(int length)
    {
        Hsm hsm = Hsm.Open(SharedToken.NewToken());
        hsm.Dispose();

        // A disposed HSM refuses whatever reaches it in another way.
        Assert.That(
            () => hsm.SignWithWrapped("kek", new byte[8], true, [new HsmSignature(RSASignaturePadding.Pkcs1, HashAlgorithmName.SHA256, 0, new byte[length])]),
            Throws.InstanceOf<CryptographicException>());
        Assert.That(
            () => hsm.SignWithWrapped("kek", new byte[8], true, [new HsmSignature(RSASignaturePadding.Pkcs1, HashAlgorithmName.SHA256, 0, new byte[32])]),
            Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void SignWithWrapped_PaddingThatDoesNotFit_IsRefused()
    {
        byte[] digest = Digest(HashAlgorithmName.SHA256);
        Assert.That(() => Refused(true, null, 0), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => Refused(false, RSASignaturePadding.Pkcs1, 0), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => Refused(true, RSASignaturePadding.Pkcs1, 32), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => Refused(true, RSASignaturePadding.Pss, -1), Throws.InstanceOf<CryptographicException>());

        void Refused(bool isRsa, RSASignaturePadding? padding, int salt) => SharedToken.Hsm.SignWithWrapped(
            SharedToken.KeyEncryptionKey, new byte[8], isRsa, [new HsmSignature(padding, HashAlgorithmName.SHA256, salt, digest)]);
    }

    [Test]
    public void SignWithWrapped_UnknownKeyEncryptionKey_IsNamed()
    {
        Assert.That(
            () => SharedToken.Hsm.SignWithWrapped("nowhere", new byte[8], true, []),
            Throws.InstanceOf<HsmException>().With.Message.Contains("nowhere"));
    }

    private static byte[] Digest(HashAlgorithmName hash) => CryptographicOperations.HashData(hash, "document"u8);

    private static IReadOnlyList<byte[]> Sign(WrappedKeyPair pair, bool isRsa, params HsmSignature[] requests) =>
        SharedToken.Hsm.SignWithWrapped(SharedToken.KeyEncryptionKey, pair.WrappedPrivateKey, isRsa, requests);
}
