using System.Security.Cryptography;
using NUnit.Framework;

namespace RemoteSigning.Cryptoki.Tests;

/// <summary>A wrapped key moves to another generation of the key-encryption key.</summary>
[TestFixture]
[Category("Hsm")]
internal sealed class RewrapTests
{
    private static readonly byte[] Digest = SHA256.HashData("document"u8);

    private Hsm _hsm = null!;
    private RawToken _raw = null!;

    [OneTimeSetUp]
    public void SetUp()
    {
        HsmOptions options = SharedToken.NewToken();
        _hsm = Hsm.Open(options);
        _raw = new RawToken(options.TokenLabel);
        _hsm.GenerateKeyEncryptionKey("old");
        _hsm.GenerateKeyEncryptionKey("new");
    }

    [OneTimeTearDown]
    public void TearDown()
    {
        _hsm.Dispose();
        _raw.Dispose();
    }

    [TestCase(true)]
    [TestCase(false)]
    public void Rewrap_GenuineKey_SignsUnderTheNewKeyOnly(bool isRsa)
    {
        WrappedKeyPair pair = isRsa ? _hsm.GenerateWrappedRsa("old", 2048) : _hsm.GenerateWrappedEcdsa("old", ECCurve.NamedCurves.nistP256);
        int before = _raw.CountObjects();

        byte[] rewrapped = _hsm.Rewrap("old", "new", pair.WrappedPrivateKey, isRsa);

        Assert.That(_raw.CountObjects(), Is.EqualTo(before));
        var request = new HsmSignature(isRsa ? RSASignaturePadding.Pkcs1 : null, HashAlgorithmName.SHA256, 0, Digest);
        byte[] signature = _hsm.SignWithWrapped("new", rewrapped, isRsa, [request])[0];
        Assert.That(Verifies(pair, isRsa, signature));
        Assert.That(() => _hsm.SignWithWrapped("old", rewrapped, isRsa, [request]), Throws.InstanceOf<HsmException>());
    }

    [Test]
    public void Rewrap_NotUnderTheOldKey_FailsAndLeavesNothing()
    {
        WrappedKeyPair pair = _hsm.GenerateWrappedEcdsa("new", ECCurve.NamedCurves.nistP256);
        int before = _raw.CountObjects();

        Assert.That(() => _hsm.Rewrap("old", "new", pair.WrappedPrivateKey, isRsa: false), Throws.InstanceOf<HsmException>());

        Assert.That(_raw.CountObjects(), Is.EqualTo(before));
    }

    private static bool Verifies(WrappedKeyPair pair, bool isRsa, byte[] signature)
    {
        if (isRsa)
        {
            using RSA rsa = RSA.Create();
            rsa.ImportSubjectPublicKeyInfo(pair.PublicKeyInfo, out _);
            return rsa.VerifyHash(Digest, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }

        using ECDsa ec = ECDsa.Create();
        ec.ImportSubjectPublicKeyInfo(pair.PublicKeyInfo, out _);
        return ec.VerifyHash(Digest, signature);
    }
}
