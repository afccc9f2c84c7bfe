using System.Security.Cryptography;
using NUnit.Framework;

namespace RemoteSigning.Cryptoki.Tests;

/// <summary>A wrapped key that is not genuine is refused, and nobody else notices.</summary>
[TestFixture]
[Category("Hsm")]
internal sealed class TamperedBlobTests
{
    private static readonly HsmSignature EcRequest = new(null, HashAlgorithmName.SHA256, 0, new byte[32]);
    private static readonly HsmSignature RsaRequest = new(RSASignaturePadding.Pkcs1, HashAlgorithmName.SHA256, 0, new byte[32]);

    [Test]
    public void SignWithWrapped_EveryByteOfAnEcBlobChanged_IsRefused()
    {
        WrappedKeyPair pair = SharedToken.Hsm.GenerateWrappedEcdsa(SharedToken.KeyEncryptionKey, ECCurve.NamedCurves.nistP256);

        AssertAllRefused(Changed(pair.WrappedPrivateKey, 1), isRsa: false, EcRequest);
    }

    [Test]
    public void SignWithWrapped_BytesOfAnRsaBlobChanged_IsRefused()
    {
        WrappedKeyPair pair = SharedToken.Hsm.GenerateWrappedRsa(SharedToken.KeyEncryptionKey, 2048);

        AssertAllRefused(Changed(pair.WrappedPrivateKey, 7), isRsa: true, RsaRequest);
    }

    [Test]
    public void SignWithWrapped_BlobOfAnotherLength_IsRefused()
    {
        byte[] blob = SharedToken.Hsm.GenerateWrappedEcdsa(SharedToken.KeyEncryptionKey, ECCurve.NamedCurves.nistP256).WrappedPrivateKey;

        AssertAllRefused([[], [1], blob[..8], blob[..16], blob[..^1], blob[..^8], [.. blob, 0], [.. blob, .. new byte[8]], [.. blob, .. blob]], false, EcRequest);
    }

    [Test]
    public void SignWithWrapped_OtherKeyEncryptionKey_IsRefused()
    {
        SharedToken.Hsm.GenerateKeyEncryptionKey("other-kek");
        byte[] blob = SharedToken.Hsm.GenerateWrappedEcdsa("other-kek", ECCurve.NamedCurves.nistP256).WrappedPrivateKey;

        AssertAllRefused([blob], isRsa: false, EcRequest);
    }

    [Test]
    public void SignWithWrapped_StrangersBadBlobsMeanwhile_DisturbNobody()
    {
        using Hsm hsm = Hsm.Open(SharedToken.NewToken());
        hsm.GenerateKeyEncryptionKey("kek");
        WrappedKeyPair pair = hsm.GenerateWrappedEcdsa("kek", ECCurve.NamedCurves.nistP256);
        byte[] bad = Changed(pair.WrappedPrivateKey, 50).First();
        using ECDsa key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(pair.PublicKeyInfo, out _);
        int refused = 0;

        Threads.Run(8, thread =>
        {
            for (int i = 0; i < 100; i++)
            {
                if (thread % 2 == 0)
                {
                    Assert.That(() => hsm.SignWithWrapped("kek", bad, false, [EcRequest]), Throws.InstanceOf<HsmException>());
                    Interlocked.Increment(ref refused);
                }
                else
                {
                    byte[] signature = hsm.SignWithWrapped("kek", pair.WrappedPrivateKey, false, [EcRequest])[0];
                    lock (key)
                    {
                        Assert.That(key.VerifyHash(EcRequest.Digest.Span, signature));
                    }
                }
            }
        });

        Assert.That(refused, Is.EqualTo(400));
        Assert.That(hsm.LoginGeneration, Is.EqualTo(1));
        Assert.That(hsm.Token.LoginAttempts, Is.EqualTo(1));
        Assert.That(hsm.Token.Connections, Is.EqualTo(1), "nobody's sessions were dropped");
    }

    private static IEnumerable<byte[]> Changed(byte[] blob, int step)
    {
        for (int i = 0; i < blob.Length; i += step)
        {
            byte[] changed = [.. blob];
            changed[i] ^= (byte)(1 << (i % 8));
            yield return changed;
        }
    }

    private static void AssertAllRefused(IEnumerable<byte[]> blobs, bool isRsa, HsmSignature request)
    {
        Hsm hsm = SharedToken.Hsm;
        hsm.Probe();
        using var raw = new RawToken(hsm.Options.TokenLabel);
        (int Objects, long Generation, long Connections) before = (raw.CountObjects(), hsm.LoginGeneration, hsm.Token.Connections);

        foreach (byte[] blob in blobs)
        {
            Assert.That(
                () => hsm.SignWithWrapped(SharedToken.KeyEncryptionKey, blob, isRsa, [request]),
                Throws.InstanceOf<HsmException>(),
                Convert.ToHexString(blob));
        }

        Assert.That((raw.CountObjects(), hsm.LoginGeneration, hsm.Token.Connections), Is.EqualTo(before));
    }
}
