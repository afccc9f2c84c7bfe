using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;
using RemoteSigning.Cryptoki.Interop;

namespace RemoteSigning.Cryptoki.Tests;

[TestFixture]
[Category("Hsm")]
internal sealed class TokenKeyTests
{
    private static readonly byte[] Data = [1, 2, 3];
    private static readonly byte[] OtherData = [9];

    [TestCase(2048)]
    [TestCase(3072)]
    [TestCase(4096)]
    public void OpenRsa_SignData_VerifiesInEveryWay(int bits)
    {
        string label = $"rsa-{bits}";
        byte[] publicKey = SharedToken.Hsm.GenerateRsa(label, bits);
        using RSA key = SharedToken.Hsm.OpenRsa(label);
        using RSA verifier = RSA.Create();
        verifier.ImportSubjectPublicKeyInfo(publicKey, out _);

        Assert.That(key.KeySize, Is.EqualTo(bits));
        foreach (RSASignaturePadding padding in new[] { RSASignaturePadding.Pkcs1, RSASignaturePadding.Pss })
        {
            byte[] signature = key.SignData(Data, HashAlgorithmName.SHA384, padding);
            Assert.That(signature, Has.Length.EqualTo(bits / 8));
            Assert.That(verifier.VerifyData(Data, signature, HashAlgorithmName.SHA384, padding));
            Assert.That(key.VerifyData(Data, signature, HashAlgorithmName.SHA384, padding));
            Assert.That(key.VerifyData(OtherData, signature, HashAlgorithmName.SHA384, padding), Is.False);
        }
    }

    [Test]
    public void OpenRsa_TrySignHash_RefusesAShortBufferAndFillsALongOne()
    {
        SharedToken.Hsm.GenerateRsa("rsa-span", 2048);
        using RSA key = SharedToken.Hsm.OpenRsa("rsa-span");
        byte[] digest = SHA256.HashData(Data);
        byte[] buffer = new byte[300];

        Assert.That(key.TrySignHash(digest, buffer.AsSpan(0, 255), HashAlgorithmName.SHA256, RSASignaturePadding.Pss, out int written), Is.False);
        Assert.That(written, Is.Zero);
        Assert.That(key.TrySignHash(digest, buffer, HashAlgorithmName.SHA256, RSASignaturePadding.Pss, out written));
        Assert.That(written, Is.EqualTo(256));
        Assert.That(key.VerifyHash(digest, buffer.AsSpan(0, written), HashAlgorithmName.SHA256, RSASignaturePadding.Pss));
    }

    [TestCase("nistP256", DSASignatureFormat.IeeeP1363FixedFieldConcatenation)]
    [TestCase("nistP384", DSASignatureFormat.IeeeP1363FixedFieldConcatenation)]
    [TestCase("nistP521", DSASignatureFormat.IeeeP1363FixedFieldConcatenation)]
    [TestCase("nistP256", DSASignatureFormat.Rfc3279DerSequence)]
    [TestCase("nistP384", DSASignatureFormat.Rfc3279DerSequence)]
    [TestCase("nistP521", DSASignatureFormat.Rfc3279DerSequence)]
    public void OpenEcdsa_SignData_VerifiesInBothFormats(string curve, DSASignatureFormat format)
    {
        string label = $"ec-{curve}-{format}";
        byte[] publicKey = SharedToken.Hsm.GenerateEcdsa(label, ECCurve.CreateFromFriendlyName(curve));
        using ECDsa key = SharedToken.Hsm.OpenEcdsa(label);
        using ECDsa verifier = ECDsa.Create();
        verifier.ImportSubjectPublicKeyInfo(publicKey, out _);

        byte[] signature = key.SignData(Data, HashAlgorithmName.SHA256, format);

        Assert.That(verifier.VerifyData(Data, signature, HashAlgorithmName.SHA256, format));
        Assert.That(key.VerifyData(Data, signature, HashAlgorithmName.SHA256, format));
        Assert.That(key.VerifyData(OtherData, signature, HashAlgorithmName.SHA256, format), Is.False);
        Assert.That(key.KeySize, Is.EqualTo(verifier.KeySize));
        Assert.That(key.ExportSubjectPublicKeyInfo(), Is.EqualTo(publicKey));
    }

    [Test]
    public void OpenEcdsa_DerSignature_VerifiesWithOpenSsl()
    {
        byte[] publicKey = SharedToken.Hsm.GenerateEcdsa("ec-openssl", ECCurve.NamedCurves.nistP384);
        using ECDsa key = SharedToken.Hsm.OpenEcdsa("ec-openssl");
        byte[] digest = SHA384.HashData(Data);

        byte[] signature = key.SignHash(digest, DSASignatureFormat.Rfc3279DerSequence);

        Assert.That(OpenSsl.Verifies(publicKey, digest, signature));
        Assert.That(OpenSsl.Verifies(publicKey, SHA384.HashData(OtherData), signature), Is.False);
    }

    [Test]
    public void SignHash_WrongLength_IsRefused()
    {
        SharedToken.Hsm.GenerateRsa("rsa-length", 2048);
        SharedToken.Hsm.GenerateEcdsa("ec-length", ECCurve.NamedCurves.nistP256);
        using RSA rsa = SharedToken.Hsm.OpenRsa("rsa-length");
        using ECDsa ec = SharedToken.Hsm.OpenEcdsa("ec-length");

        Assert.That(() => rsa.SignHash(new byte[31], HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => rsa.SignHash(new byte[16], HashAlgorithmName.MD5, RSASignaturePadding.Pkcs1), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => ec.SignHash(new byte[31]), Throws.InstanceOf<CryptographicException>());
    }

    [Test]
    public void PrivateKeys_Export_IsRefused()
    {
        SharedToken.Hsm.GenerateRsa("rsa-export", 2048);
        SharedToken.Hsm.GenerateEcdsa("ec-export", ECCurve.NamedCurves.nistP256);
        using RSA rsa = SharedToken.Hsm.OpenRsa("rsa-export");
        using ECDsa ec = SharedToken.Hsm.OpenEcdsa("ec-export");

        Assert.That(() => rsa.ExportParameters(true), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => rsa.ExportPkcs8PrivateKey(), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => rsa.ExportRSAPrivateKey(), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => rsa.Decrypt(new byte[256], RSAEncryptionPadding.Pkcs1), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => ec.ExportParameters(true), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => ec.ExportExplicitParameters(true), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => ec.ExportPkcs8PrivateKey(), Throws.InstanceOf<CryptographicException>());
        Assert.That(() => ec.ExportECPrivateKey(), Throws.InstanceOf<CryptographicException>());
    }

    [Test]
    public void OpenRsaAndEcdsa_CertificateRequests_MakeAChainThatVerifies()
    {
        SharedToken.Hsm.GenerateRsa("rsa-ca", 3072);
        SharedToken.Hsm.GenerateEcdsa("ec-ca", ECCurve.NamedCurves.nistP256);
        using RSA rootKey = SharedToken.Hsm.OpenRsa("rsa-ca");
        using ECDsa leafKey = SharedToken.Hsm.OpenEcdsa("ec-ca");
        var rootRequest = new CertificateRequest("CN=root", rootKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var leafRequest = new CertificateRequest("CN=leaf", leafKey, HashAlgorithmName.SHA256);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        X509SignatureGenerator signer = X509SignatureGenerator.CreateForRSA(rootKey, RSASignaturePadding.Pss);

        using X509Certificate2 root = rootRequest.Create(rootRequest.SubjectName, signer, now.AddDays(-1), now.AddDays(2), [1]);
        using X509Certificate2 leaf = CertificateRequest
            .LoadSigningRequest(leafRequest.CreateSigningRequest(X509SignatureGenerator.CreateForECDsa(leafKey)), HashAlgorithmName.SHA256)
            .Create(root.SubjectName, signer, now.AddHours(-1), now.AddDays(1), [2]);

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        Assert.That(chain.Build(leaf), string.Join(' ', chain.ChainStatus.Select(s => s.StatusInformation)));
    }

    [Test]
    public void Hmac_KeyKnownOutside_IsHmacSha256()
    {
        Hsm hsm = SharedToken.Hsm;
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        using var raw = new RawToken(hsm.Options.TokenLabel);
        raw.ImportHmacKey("known", secret);

        Assert.That(hsm.Hmac("known", Data), Is.EqualTo(HMACSHA256.HashData(secret, Data)));
        Assert.That(hsm.Hmac("known", []), Is.EqualTo(HMACSHA256.HashData(secret, Array.Empty<byte>())));
        Assert.That(hsm.Hmac("known", new byte[100_000]), Is.EqualTo(HMACSHA256.HashData(secret, new byte[100_000])));
    }

    [Test]
    public void Hmac_GeneratedKeys_DifferFromEachOther()
    {
        SharedToken.Hsm.GenerateHmacKey("hmac-1");
        SharedToken.Hsm.GenerateHmacKey("hmac-2");

        byte[] code = SharedToken.Hsm.Hmac("hmac-1", Data);

        Assert.That(SharedToken.Hsm.Hmac("hmac-1", Data), Is.EqualTo(code));
        Assert.That(SharedToken.Hsm.Hmac("hmac-2", Data), Is.Not.EqualTo(code));
    }

    [Test]
    public void Generate_LabelTaken_IsRefusedForEveryKind()
    {
        SharedToken.Hsm.GenerateEcdsa("taken", ECCurve.NamedCurves.nistP256);
        using var raw = new RawToken(SharedToken.Hsm.Options.TokenLabel);
        int before = raw.CountObjects();

        Assert.That(() => SharedToken.Hsm.GenerateEcdsa("taken", ECCurve.NamedCurves.nistP256), Throws.InvalidOperationException);
        Assert.That(() => SharedToken.Hsm.GenerateRsa("taken", 2048), Throws.InvalidOperationException);
        Assert.That(() => SharedToken.Hsm.GenerateHmacKey("taken"), Throws.InvalidOperationException);
        Assert.That(() => SharedToken.Hsm.GenerateKeyEncryptionKey("taken"), Throws.InvalidOperationException);
        Assert.That(raw.CountObjects(), Is.EqualTo(before));
    }

    [Test]
    public void Generate_SameLabelAtOnce_ExactlyOneWins()
    {
        int made = 0;
        Threads.Run(8, _ =>
        {
            try
            {
                SharedToken.Hsm.GenerateHmacKey("at-once");
                Interlocked.Increment(ref made);
            }
            catch (InvalidOperationException)
            {
                // The others.
            }
        });

        Assert.That(made, Is.EqualTo(1));
        Assert.That(SharedToken.Hsm.Hmac("at-once", Data), Has.Length.EqualTo(32));
    }

    [Test]
    public void Open_MissingLabel_IsNamed()
    {
        Assert.That(SharedToken.Hsm.Exists("missing"), Is.False);
        Assert.That(SharedToken.Hsm.Exists(SharedToken.KeyEncryptionKey));
        Assert.That(() => SharedToken.Hsm.OpenRsa("missing"), Throws.InstanceOf<HsmException>().With.Message.Contains("missing"));
        Assert.That(() => SharedToken.Hsm.OpenEcdsa("missing"), Throws.InstanceOf<HsmException>().With.Message.Contains("missing"));
        Assert.That(() => SharedToken.Hsm.Hmac("missing", Data), Throws.InstanceOf<HsmException>().With.Message.Contains("missing"));
        Assert.That(() => SharedToken.Hsm.Exists(""), Throws.ArgumentException);
        Assert.That(() => SharedToken.Hsm.Exists(new string('x', 65)), Throws.ArgumentException);
    }

    [Test]
    public void Generate_WeakKeys_AreRefused()
    {
        Assert.That(() => SharedToken.Hsm.GenerateRsa("weak", 1024), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => SharedToken.Hsm.GenerateWrappedRsa(SharedToken.KeyEncryptionKey, 1536), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => SharedToken.Hsm.GenerateEcdsa("weak", ECCurve.NamedCurves.brainpoolP160r1), Throws.ArgumentException);
        Assert.That(SharedToken.Hsm.Exists("weak"), Is.False);
    }

    [Test]
    public void Attributes_OfEveryKind_AllowNothingMoreThanNeeded()
    {
        Hsm hsm = SharedToken.Hsm;
        hsm.GenerateRsa("attributes-rsa", 2048);
        hsm.GenerateHmacKey("attributes-hmac");
        WrappedKeyPair pair = hsm.GenerateWrappedEcdsa(SharedToken.KeyEncryptionKey, ECCurve.NamedCurves.nistP256);

        hsm.Token.Run(0, (session, _) =>
        {
            uint[] always = [Cka.Private, Cka.Sensitive];
            AssertTrueOnly(session, session.FindKey(Cko.SecretKey, SharedToken.KeyEncryptionKey),
                [.. always, Cka.Token, Cka.AlwaysSensitive, Cka.NeverExtractable, Cka.Wrap, Cka.Unwrap],
                [Cka.Extractable, Cka.Encrypt, Cka.Decrypt, Cka.Sign, Cka.Verify, Cka.Derive]);
            AssertTrueOnly(session, session.FindKey(Cko.SecretKey, "attributes-hmac"),
                [.. always, Cka.Token, Cka.AlwaysSensitive, Cka.NeverExtractable, Cka.Sign],
                [Cka.Extractable, Cka.Encrypt, Cka.Decrypt, Cka.Wrap, Cka.Unwrap, Cka.Derive]);
            AssertTrueOnly(session, session.FindKey(Cko.PrivateKey, "attributes-rsa"),
                [.. always, Cka.Token, Cka.AlwaysSensitive, Cka.NeverExtractable, Cka.Sign],
                [Cka.Extractable, Cka.Decrypt, Cka.Unwrap, Cka.SignRecover, Cka.Derive]);
            CULong unwrapped = session.Unwrap(
                hsm.Profile.WrapMechanism, session.FindKey(Cko.SecretKey, SharedToken.KeyEncryptionKey), pair.WrappedPrivateKey, hsm.Templates.UnwrappedEc);
            AssertTrueOnly(session, unwrapped,
                [.. always, Cka.Sign], [Cka.Token, Cka.Extractable, Cka.Decrypt, Cka.Unwrap, Cka.SignRecover, Cka.Derive]);
            session.Destroy(unwrapped);
            return 0;
        });
    }

    private static void AssertTrueOnly(Session session, CULong key, uint[] allowed, uint[] denied)
    {
        foreach (uint attribute in allowed.Concat(denied))
        {
            Assert.That(
                session.Attribute(key, attribute), Is.EqualTo(new[] { allowed.Contains(attribute) ? (byte)1 : (byte)0 }), $"0x{attribute:X}");
        }
    }
}
