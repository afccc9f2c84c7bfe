using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using NUnit.Framework;

namespace RemoteSigning.Cryptoki.Tests;

/// <summary>What a running service asks of a token, wherever the module is loaded.</summary>
[TestFixture(HsmKind.InThisProcess)]
[TestFixture(HsmKind.ThroughAWorker)]
[Category("Hsm")]
internal sealed class HsmContractTests(HsmKind kind)
{
    private static readonly byte[] Data = [1, 2, 3];

    private IHsm _hsm = null!; // Set before any test.
    private byte[] _publicKey = null!;

    [OneTimeSetUp]
    public void SetUp()
    {
        HsmOptions options = SharedToken.NewToken();
        using (Hsm first = Hsm.Open(options))
        {
            first.GenerateKeyEncryptionKey("kek");
            first.GenerateKeyEncryptionKey("kek-2");
            first.GenerateHmacKey("mac");
            _publicKey = first.GenerateEcdsa("own", ECCurve.NamedCurves.nistP256);
        }

        _hsm = OpenedHsm.Open(kind, options);
        Assert.That(_hsm.TokenLabel, Is.EqualTo(options.TokenLabel));
    }

    [OneTimeTearDown]
    public void TearDown() => _hsm.Dispose();

    [Test]
    public void Exists_HeldAndMissing_TellsThemApart()
    {
        Assert.That(_hsm.Exists("kek"));
        Assert.That(_hsm.Exists("nowhere"), Is.False);
        long generation = _hsm.LoginGeneration;
        _hsm.Probe();
        Assert.That(_hsm.LoginGeneration, Is.EqualTo(generation).And.GreaterThan(0));
    }

    [Test]
    public void OpenEcdsa_SignHash_VerifiesWithThePublicKey()
    {
        using ECDsa key = _hsm.OpenEcdsa("own");
        using ECDsa verifier = ECDsa.Create();
        verifier.ImportSubjectPublicKeyInfo(_publicKey, out _);

        Assert.That(key.ExportSubjectPublicKeyInfo(), Is.EqualTo(_publicKey));
        Assert.That(verifier.VerifyData(Data, key.SignData(Data, HashAlgorithmName.SHA256), HashAlgorithmName.SHA256));
        Assert.That(() => key.ExportECPrivateKey(), Throws.InstanceOf<CryptographicException>());
    }

    [TestCase(0)]
    [TestCase(3)]
    [TestCase(100_000)]
    public void Hmac_SameData_SameCode(int length)
    {
        byte[] code = _hsm.Hmac("mac", new byte[length]);

        Assert.That(code, Has.Length.EqualTo(SHA256.HashSizeInBytes));
        Assert.That(_hsm.Hmac("mac", new byte[length]), Is.EqualTo(code));
        Assert.That(_hsm.Hmac("mac", new byte[length + 1]), Is.Not.EqualTo(code));
    }

    [TestCase("nistP256")]
    [TestCase("nistP384")]
    [TestCase("nistP521")]
    public void SignWithWrapped_Ecdsa_VerifiesInTheOrderOfTheRequest(string curve)
    {
        WrappedKeyPair pair = _hsm.GenerateWrappedEcdsa("kek", ECCurve.CreateFromFriendlyName(curve));
        using ECDsa key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(pair.PublicKeyInfo, out _);
        HashAlgorithmName[] hashes = [HashAlgorithmName.SHA1, HashAlgorithmName.SHA256, HashAlgorithmName.SHA384, HashAlgorithmName.SHA512];
        HsmSignature[] requests = [.. Enumerable.Range(0, 200).Select(i => Request(null, hashes[i % hashes.Length], i))];

        IReadOnlyList<byte[]> signatures = _hsm.SignWithWrapped("kek", pair.WrappedPrivateKey, isRsa: false, requests);

        Assert.That(signatures, Has.Count.EqualTo(requests.Length));
        for (int i = 0; i < requests.Length; i++)
        {
            Assert.That(key.VerifyHash(requests[i].Digest.Span, signatures[i]), $"{i}");
        }
    }

    [Test]
    public void SignWithWrapped_Rsa_VerifiesWithEachPadding()
    {
        WrappedKeyPair pair = _hsm.GenerateWrappedRsa("kek", 2048);
        using RSA key = RSA.Create();
        key.ImportSubjectPublicKeyInfo(pair.PublicKeyInfo, out _);
        HsmSignature[] requests =
        [
            Request(RSASignaturePadding.Pkcs1, HashAlgorithmName.SHA256, 1),
            Request(RSASignaturePadding.Pss, HashAlgorithmName.SHA384, 2) with { SaltLength = 48 },
            Request(RSASignaturePadding.Pkcs1, HashAlgorithmName.SHA512, 3),
        ];

        IReadOnlyList<byte[]> signatures = _hsm.SignWithWrapped("kek", pair.WrappedPrivateKey, isRsa: true, requests);

        for (int i = 0; i < requests.Length; i++)
        {
            // Each has a padding: they were made here.
            Assert.That(key.VerifyHash(requests[i].Digest.Span, signatures[i], requests[i].Hash, requests[i].Padding!), $"{i}");
        }

        Assert.That(_hsm.SignWithWrapped("kek", pair.WrappedPrivateKey, isRsa: true, []), Is.Empty);
    }

    [Test]
    public void Rewrap_ThenSign_IsTheSameKey()
    {
        WrappedKeyPair pair = _hsm.GenerateWrappedEcdsa("kek", ECCurve.NamedCurves.nistP256);
        using ECDsa key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(pair.PublicKeyInfo, out _);

        byte[] moved = _hsm.Rewrap("kek", "kek-2", pair.WrappedPrivateKey, isRsa: false);

        HsmSignature request = Request(null, HashAlgorithmName.SHA256, 1);
        Assert.That(key.VerifyHash(request.Digest.Span, _hsm.SignWithWrapped("kek-2", moved, isRsa: false, [request])[0]));
        Assert.That(() => _hsm.SignWithWrapped("kek", moved, isRsa: false, [request]), Throws.InstanceOf<HsmException>());
    }

    [Test]
    public void Operations_TokenRefuses_ThrowWithFunctionAndCode()
    {
        WrappedKeyPair pair = _hsm.GenerateWrappedEcdsa("kek", ECCurve.NamedCurves.nistP256);
        byte[] tampered = [.. pair.WrappedPrivateKey];
        tampered[8] ^= 1;

        Assert.That(
            () => _hsm.SignWithWrapped("kek", tampered, isRsa: false, [Request(null, HashAlgorithmName.SHA256, 1)]),
            Throws.InstanceOf<HsmException>().With.Property("Function").EqualTo("C_UnwrapKey").And.Property("ReturnValue").GreaterThan(0ul));
        Assert.That(() => _hsm.OpenEcdsa("nowhere"), Throws.InstanceOf<HsmException>().With.Message.Contains("nowhere"));
        Assert.That(() => _hsm.Hmac("nowhere", Data), Throws.InstanceOf<HsmException>().With.Message.Contains("nowhere"));
        Assert.That(() => _hsm.Rewrap("kek", "nowhere", pair.WrappedPrivateKey, isRsa: false), Throws.InstanceOf<HsmException>());
    }

    [Test]
    public void Operations_InputDoesNotFit_AreRefusedBeforeTheHsm()
    {
        HsmSignature good = Request(null, HashAlgorithmName.SHA256, 1);
        WrappedKeyPair pair = _hsm.GenerateWrappedEcdsa("kek", ECCurve.NamedCurves.nistP256);

        Assert.That(() => Sign(good with { Digest = new byte[31] }), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => Sign(good with { Hash = HashAlgorithmName.MD5 }), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => Sign(good with { Padding = RSASignaturePadding.Pss }), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => Sign(good with { SaltLength = -1 }), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => _hsm.Sign("own", isRsa: true, good), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => _hsm.Exists(""), Throws.ArgumentException);
        Assert.That(() => _hsm.Exists(new string('x', 65)), Throws.ArgumentException);
        Assert.That(() => _hsm.GenerateWrappedRsa("kek", 1024), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => _hsm.GenerateWrappedEcdsa("kek", ECCurve.NamedCurves.brainpoolP160r1), Throws.ArgumentException);
        _hsm.Probe();

        void Sign(HsmSignature request) => _hsm.SignWithWrapped("kek", pair.WrappedPrivateKey, isRsa: false, [good, request]);
    }

    [Test]
    public void SignWithWrapped_ManyThreads_EachGetsItsOwn()
    {
        WrappedKeyPair pair = _hsm.GenerateWrappedEcdsa("kek", ECCurve.NamedCurves.nistP256);

        Threads.Run(12, thread =>
        {
            using ECDsa key = ECDsa.Create();
            key.ImportSubjectPublicKeyInfo(pair.PublicKeyInfo, out _);
            for (int i = 0; i < 25; i++)
            {
                HsmSignature request = Request(null, HashAlgorithmName.SHA256, (thread * 1000) + i);
                byte[] signature = _hsm.SignWithWrapped("kek", pair.WrappedPrivateKey, isRsa: false, [request])[0];
                Assert.That(key.VerifyHash(request.Digest.Span, signature), $"{thread}, {i}");
            }
        });
    }

    [Test]
    public void Meter_AfterAnOperation_HasItsDuration()
    {
        List<string> seen = [];
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter == _hsm.Meter)
            {
                l.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, _, tags, _) =>
        {
            lock (seen)
            {
                seen.Add($"{tags[0].Value}");
            }
        });
        listener.Start();

        _hsm.Exists("kek");

        Assert.That(seen, Does.Contain("Exists"));
    }

    [Test]
    public void Dispose_ThenUse_IsDisposed()
    {
        HsmOptions options = SharedToken.NewToken();
        using (Hsm.Open(options))
        {
            // SoftHSM sees a new token after its next start.
        }

        IHsm hsm = OpenedHsm.Open(kind, options);
        hsm.Dispose();
        hsm.Dispose();

        Assert.That(() => hsm.Probe(), Throws.InstanceOf<ObjectDisposedException>());
    }

    private static HsmSignature Request(RSASignaturePadding? padding, HashAlgorithmName hash, int number) =>
        new(padding, hash, 0, CryptographicOperations.HashData(hash, BitConverter.GetBytes(number)));
}
