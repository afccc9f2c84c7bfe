using System.Security.Cryptography;
using NUnit.Framework;
using RemoteSigning.Cryptoki.Interop;

namespace RemoteSigning.Cryptoki.Tests;

/// <summary>Each test has a token of its own, and something happens to it.</summary>
[TestFixture]
[Category("Hsm")]
internal sealed class RecoveryTests
{
    private static readonly byte[] Digest = SHA256.HashData("document"u8);

    private Hsm _hsm = null!;
    private RawToken _raw = null!;
    private ECDsa _key = null!;
    private ECDsa _wrappedPublic = null!;
    private WrappedKeyPair _wrapped = null!;

    [SetUp]
    public void SetUp()
    {
        _hsm = Hsm.Open(SharedToken.NewToken());
        _raw = new RawToken(_hsm.Options.TokenLabel);
        _hsm.GenerateKeyEncryptionKey("kek");
        _hsm.GenerateEcdsa("key", ECCurve.NamedCurves.nistP256);
        _key = _hsm.OpenEcdsa("key");
        _wrapped = _hsm.GenerateWrappedEcdsa("kek", ECCurve.NamedCurves.nistP256);
        _wrappedPublic = ECDsa.Create();
        _wrappedPublic.ImportSubjectPublicKeyInfo(_wrapped.PublicKeyInfo, out _);
        Assert.That((_hsm.LoginGeneration, _hsm.Token.LoginAttempts), Is.EqualTo((1, 1)));
    }

    [TearDown]
    public void TearDown()
    {
        _key.Dispose();
        _wrappedPublic.Dispose();
        _hsm.Dispose();
        _raw.Dispose();
    }

    [Test]
    public void SignWithWrapped_AllSessionsClosedByOthers_LogsInOnceAndGoesOn()
    {
        _raw.CloseAllSessions();

        AssertWorks();

        Assert.That((_hsm.LoginGeneration, _hsm.Token.LoginAttempts), Is.EqualTo((2, 2)));
    }

    [Test]
    public void SignWithWrapped_LoggedOutByOthers_LogsInOnceAndGoesOn()
    {
        _raw.Logout();

        AssertWorks();

        Assert.That((_hsm.LoginGeneration, _hsm.Token.LoginAttempts), Is.EqualTo((2, 2)));
    }

    [Test]
    public void SignWithWrapped_ModuleFinalizedByOthers_StartsItAgain()
    {
        _raw.FinalizeModule();

        AssertWorks();

        Assert.That((_hsm.LoginGeneration, _hsm.Token.LoginAttempts), Is.EqualTo((2, 2)));
    }

    [Test]
    public void EveryOperation_LoggedOutByOthers_Recovers()
    {
        Action[] operations =
        [
            () => Assert.That(_hsm.Exists("kek"), Is.True),
            () => Assert.That(_hsm.Exists("missing"), Is.False),
            () => _hsm.GenerateHmacKey(Guid.NewGuid().ToString()),
            () => _hsm.GenerateEcdsa(Guid.NewGuid().ToString(), ECCurve.NamedCurves.nistP256),
            () => _hsm.GenerateWrappedEcdsa("kek", ECCurve.NamedCurves.nistP256),
            () => _hsm.OpenEcdsa("key").Dispose(),
            () => _key.SignHash(Digest),
            () => _hsm.Probe(),
        ];
        long generation = 1;
        foreach (Action breakIt in new Action[] { _raw.Logout, _raw.CloseAllSessions })
        {
            foreach (Action operation in operations)
            {
                breakIt();
                operation();
                Assert.That(_hsm.LoginGeneration, Is.EqualTo(++generation));
            }
        }
    }

    [Test]
    public void Generate_LabelTakenButInvisibleAfterLogout_IsStillRefused()
    {
        _raw.Logout();

        Assert.That(() => _hsm.GenerateKeyEncryptionKey("kek"), Throws.InvalidOperationException);
    }

    [Test]
    public void SignWithWrapped_OneSessionClosedByOthers_KeepsTheLogin()
    {
        _raw.HoldSession();
        _hsm.Token.Run(0, (session, _) =>
        {
            session.Close();
            return 0;
        });

        AssertWorks();

        Assert.That((_hsm.LoginGeneration, _hsm.Token.LoginAttempts, _hsm.Token.Connections), Is.EqualTo((1, 1, 1)));
        Assert.That(_hsm.Token.OpenSessions, Is.EqualTo(1));
    }

    [Test]
    public void SignHash_KeyReplacedByOthers_UsesTheNewOne()
    {
        _key.SignHash(Digest);
        _hsm.Token.Run(0, (session, _) =>
        {
            session.Destroy(session.FindKey(Cko.PrivateKey, "key"));
            session.Destroy(session.FindKey(Cko.PublicKey, "key"));
            return 0;
        });
        byte[] replaced = _hsm.GenerateEcdsa("key", ECCurve.NamedCurves.nistP256);
        using ECDsa verifier = ECDsa.Create();
        verifier.ImportSubjectPublicKeyInfo(replaced, out _);

        Assert.That(verifier.VerifyHash(Digest, _key.SignHash(Digest)));
        Assert.That(_hsm.LoginGeneration, Is.EqualTo(1));
    }

    [Test]
    public void Operations_TokenMovedAway_FailUntilItIsBack()
    {
        _raw.MoveAway();

        for (int i = 0; i < 3; i++)
        {
            Assert.That(SignWithWrapped, Throws.InstanceOf<HsmException>());
            Assert.That(() => _key.SignHash(Digest), Throws.InstanceOf<HsmException>());
            Assert.That(() => _hsm.Exists("missing"), Throws.InstanceOf<HsmException>(), "a lost token is not an empty one");
            Assert.That(() => _hsm.Probe(), Throws.InstanceOf<HsmException>());
        }

        Assert.That(_hsm.Token.LoginAttempts, Is.EqualTo(1));
        _raw.MoveBack();
        AssertWorks();
        Assert.That((_hsm.LoginGeneration, _hsm.Token.LoginAttempts), Is.EqualTo((2, 2)));
    }

    [Test]
    public void Operations_WholeStoreMovedAway_FailUntilItIsBack()
    {
        string tokens = SharedToken.Store.TokenFolder;
        Directory.Move(tokens, $"{tokens}.away");
        try
        {
            Assert.That(SignWithWrapped, Throws.InstanceOf<HsmException>());
            Assert.That(SignWithWrapped, Throws.InstanceOf<HsmException>());
        }
        finally
        {
            Directory.Move($"{tokens}.away", tokens);
        }

        AssertWorks();
        Assert.That((_hsm.LoginGeneration, _hsm.Token.LoginAttempts), Is.EqualTo((2, 2)));
    }

    [Test]
    public void Operations_TokenDeletedAndMadeAnew_UseTheNewOne()
    {
        _raw.Delete();
        Assert.That(SignWithWrapped, Throws.InstanceOf<HsmException>());

        Assert.That(SharedToken.Store.CreateToken(_hsm.Options.TokenLabel), Is.EqualTo(_hsm.Options.PinFile));

        Assert.That(SignWithWrapped, Throws.InstanceOf<HsmException>().With.Message.Contains("kek"));
        Assert.That(_hsm.LoginGeneration, Is.EqualTo(2));
        _hsm.GenerateKeyEncryptionKey("kek");
        Assert.That(SignWithWrapped, Throws.InstanceOf<HsmException>(), "wrapped by a key that is gone");
        _wrapped = _hsm.GenerateWrappedEcdsa("kek", ECCurve.NamedCurves.nistP256);
        _wrappedPublic.ImportSubjectPublicKeyInfo(_wrapped.PublicKeyInfo, out _);
        AssertSigns();
    }

    [Test]
    public void SignWithWrapped_TokenComesAndGoesUnderLoad_EveryCallEndsWell()
    {
        int signed = 0;
        int failed = 0;
        Threads.Run(9, thread =>
        {
            if (thread == 8)
            {
                for (int i = 0; i < 5; i++)
                {
                    Await(() => Volatile.Read(ref signed), 20);
                    _raw.MoveAway();
                    Await(() => Volatile.Read(ref failed), 1);
                    _raw.MoveBack();
                }

                Volatile.Write(ref failed, int.MaxValue / 2);
                return;
            }

            while (Volatile.Read(ref failed) < int.MaxValue / 2)
            {
                try
                {
                    AssertSigns();
                    Interlocked.Increment(ref signed);
                }
                catch (HsmException)
                {
                    Interlocked.Increment(ref failed);
                }
            }
        });

        AssertWorks();
        Assert.That(_hsm.Token.LoginAttempts, Is.EqualTo(_hsm.LoginGeneration));
    }

    [Test]
    public void SignWithWrapped_SessionsClosedByOthersUnderLoad_EachCallSignsAndEachLossIsOneLogin()
    {
        const int losses = 20;
        int signed = 0;
        bool isOver = false;
        Threads.Run(17, thread =>
        {
            if (thread == 16)
            {
                for (int i = 0; i < losses; i++)
                {
                    Await(() => Volatile.Read(ref signed), 100); // Longer than any one call: nobody meets two losses.
                    _raw.CloseAllSessions();
                }

                Volatile.Write(ref isOver, true);
                return;
            }

            while (!Volatile.Read(ref isOver))
            {
                AssertSigns();
                Interlocked.Increment(ref signed);
            }
        });

        AssertWorks();
        Assert.That((_hsm.LoginGeneration, _hsm.Token.LoginAttempts), Is.EqualTo((losses + 1, losses + 1)));
    }

    private static void Await(Func<int> counter, int more)
    {
        int goal = counter() + more;
        Assert.That(() => SpinWait.SpinUntil(() => counter() >= goal, TimeSpan.FromSeconds(60)), "progress");
    }

    private void SignWithWrapped() =>
        _hsm.SignWithWrapped("kek", _wrapped.WrappedPrivateKey, false, [new HsmSignature(null, HashAlgorithmName.SHA256, 0, Digest)]);

    private void AssertSigns()
    {
        byte[] signature = _hsm.SignWithWrapped(
            "kek", _wrapped.WrappedPrivateKey, false, [new HsmSignature(null, HashAlgorithmName.SHA256, 0, Digest)])[0];
        lock (_wrappedPublic)
        {
            Assert.That(_wrappedPublic.VerifyHash(Digest, signature));
        }
    }

    private void AssertWorks()
    {
        AssertSigns();
        Assert.That(_key.VerifyHash(Digest, _key.SignHash(Digest)));
        Assert.That(_hsm.Exists("kek"));
        _hsm.Probe();
    }
}
