using System.Collections.Concurrent;
using System.Security.Cryptography;
using NUnit.Framework;

namespace RemoteSigning.Cryptoki.Tests;

[TestFixture]
[Category("Hsm")]
internal sealed class PoolTests
{
    private static readonly byte[] Digest = SHA256.HashData("document"u8);

    [Test]
    public void Sign_SixteenThreadsMixedKeys_EverySignatureVerifiesWithinMaxSessions()
    {
        using Hsm hsm = Hsm.Open(SharedToken.NewToken(maxSessions: 3));
        hsm.GenerateKeyEncryptionKey("kek");
        hsm.GenerateHmacKey("hmac");
        using var rsaVerifier = RSA.Create();
        rsaVerifier.ImportSubjectPublicKeyInfo(hsm.GenerateRsa("rsa", 2048), out _);
        using var ecVerifier = ECDsa.Create();
        ecVerifier.ImportSubjectPublicKeyInfo(hsm.GenerateEcdsa("ec", ECCurve.NamedCurves.nistP256), out _);
        using RSA rsa = hsm.OpenRsa("rsa");
        using ECDsa ec = hsm.OpenEcdsa("ec");
        WrappedKeyPair wrappedRsa = hsm.GenerateWrappedRsa("kek", 2048);
        WrappedKeyPair wrappedEc = hsm.GenerateWrappedEcdsa("kek", ECCurve.NamedCurves.nistP384);
        using var wrappedRsaVerifier = RSA.Create();
        wrappedRsaVerifier.ImportSubjectPublicKeyInfo(wrappedRsa.PublicKeyInfo, out _);
        using var wrappedEcVerifier = ECDsa.Create();
        wrappedEcVerifier.ImportSubjectPublicKeyInfo(wrappedEc.PublicKeyInfo, out _);
        byte[] code = hsm.Hmac("hmac", Digest);
        var results = new ConcurrentBag<(int Kind, byte[] Digest, byte[] Signature)>();
        int mostSessions = 0;

        Threads.Run(16, thread =>
        {
            for (int i = 0; i < 50; i++)
            {
                int kind = (thread + i) % 5;
                byte[] digest = SHA256.HashData([(byte)thread, (byte)i]);
                results.Add((kind, digest, kind switch
                {
                    0 => rsa.SignHash(digest, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
                    1 => ec.SignHash(digest),
                    2 => hsm.SignWithWrapped("kek", wrappedRsa.WrappedPrivateKey, true, [new(RSASignaturePadding.Pkcs1, HashAlgorithmName.SHA256, 0, digest)])[0],
                    3 => hsm.SignWithWrapped("kek", wrappedEc.WrappedPrivateKey, false, [new(null, HashAlgorithmName.SHA256, 0, digest)])[0],
                    _ => hsm.Hmac("hmac", Digest),
                }));
                int open = hsm.Token.OpenSessions;
                int seen = Volatile.Read(ref mostSessions);
                while (open > seen && Interlocked.CompareExchange(ref mostSessions, open, seen) != seen)
                {
                    seen = Volatile.Read(ref mostSessions);
                }
            }
        });

        Assert.That(results, Has.Count.EqualTo(800));
        foreach ((int kind, byte[] digest, byte[] signature) in results)
        {
            Assert.That(
                kind switch
                {
                    0 => rsaVerifier.VerifyHash(digest, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
                    1 => ecVerifier.VerifyHash(digest, signature),
                    2 => wrappedRsaVerifier.VerifyHash(digest, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
                    3 => wrappedEcVerifier.VerifyHash(digest, signature),
                    _ => signature.AsSpan().SequenceEqual(code),
                },
                $"kind {kind}");
        }

        Assert.That(mostSessions, Is.InRange(1, 3));
        Assert.That((hsm.LoginGeneration, hsm.Token.LoginAttempts, hsm.Token.Connections), Is.EqualTo((1, 1, 1)));
    }

    [Test]
    public void Run_AnySession_IsUsedByOneThreadAtATime()
    {
        using Hsm hsm = Hsm.Open(SharedToken.NewToken(maxSessions: 4));
        var inUse = new ConcurrentDictionary<object, int>();

        Threads.Run(16, thread =>
        {
            for (int i = 0; i < 500; i++)
            {
                hsm.Token.Run(thread, (session, me) =>
                {
                    Assert.That(inUse.TryAdd(session, me), "nobody else has it");
                    Thread.Yield();
                    Assert.That(inUse.TryRemove(session, out int who) && who == me);
                    Assert.That(inUse, Has.Count.LessThanOrEqualTo(4));
                    return 0;
                });
            }
        });

        Assert.That(hsm.Token.OpenSessions, Is.InRange(1, 4));
    }

    [Test]
    public void Run_OperationThrowsSomethingElse_ReturnsTheSession()
    {
        using Hsm hsm = Hsm.Open(SharedToken.NewToken(maxSessions: 1));

        for (int i = 0; i < 3; i++)
        {
            Assert.That(() => hsm.Token.Run<int, int>(0, (_, _) => throw new FormatException()), Throws.InstanceOf<FormatException>());
        }

        Assert.That(() => hsm.Probe(), Throws.Nothing);
        Assert.That(hsm.Token.OpenSessions, Is.EqualTo(1));
    }

    [Test]
    public void Dispose_WorkUnderWay_LetsItEndAndRefusesTheRest()
    {
        Hsm hsm = Hsm.Open(SharedToken.NewToken(maxSessions: 2));
        hsm.GenerateEcdsa("key", ECCurve.NamedCurves.nistP256);
        using ECDsa key = hsm.OpenEcdsa("key");
        int signed = 0;
        int refused = 0;

        Threads.Run(9, thread =>
        {
            if (thread == 8)
            {
                SpinWait.SpinUntil(() => Volatile.Read(ref signed) > 50);
                hsm.Dispose();
                Assert.That(hsm.Token.OpenSessions, Is.Zero, "all closed when it returns");
                return;
            }

            try
            {
                while (true)
                {
                    byte[] signature = key.SignHash(Digest);
                    Assert.That(key.VerifyHash(Digest, signature));
                    Interlocked.Increment(ref signed);
                }
            }
            catch (ObjectDisposedException)
            {
                Interlocked.Increment(ref refused);
            }
        });

        Assert.That(refused, Is.EqualTo(8));
        Assert.That(() => hsm.Exists("key"), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(hsm.Dispose, Throws.Nothing);
    }
}
