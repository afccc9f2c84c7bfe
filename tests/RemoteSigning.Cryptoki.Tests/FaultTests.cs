using System.Runtime.InteropServices;
using System.Security.Cryptography;
using NUnit.Framework;
using RemoteSigning.Cryptoki.Interop;

namespace RemoteSigning.Cryptoki.Tests;

/// <summary>A module that fails where SoftHSM does not: what HSMs on a network do.</summary>
[TestFixture(HsmKind.InThisProcess)]
[TestFixture(HsmKind.ThroughAWorker)]
[Category("Hsm")]
internal sealed class FaultTests(HsmKind kind)
{
    private static readonly byte[] Digest = SHA256.HashData("document"u8);

    private HsmOptions _options = null!;
    private IHsm _hsm = null!;
    private RawToken _raw = null!;
    private ECDsa _public = null!;
    private WrappedKeyPair _wrapped = null!;

    [SetUp]
    public void SetUp()
    {
        FaultyModule.Clear();
        HsmOptions options = SharedToken.NewToken();
        using (Hsm first = Hsm.Open(options))
        {
            // SoftHSM sees a new token after its next start only, and this one is started by the other module of the process.
            first.GenerateKeyEncryptionKey("kek");
        }

        options.Module = FaultyModule.Path;
        _options = options;
        _hsm = OpenedHsm.Open(kind, options);
        _raw = new RawToken(options.TokenLabel);
        _wrapped = _hsm.GenerateWrappedEcdsa("kek", ECCurve.NamedCurves.nistP256);
        _public = ECDsa.Create();
        _public.ImportSubjectPublicKeyInfo(_wrapped.PublicKeyInfo, out _);
    }

    [TearDown]
    public void TearDown()
    {
        FaultyModule.Clear();
        _public.Dispose();
        _hsm.Dispose();
        _raw.Dispose();
    }

    [TestCase("C_UnwrapKey", Ckr.DeviceError)]
    [TestCase("C_UnwrapKey", Ckr.FunctionFailed)]
    [TestCase("C_SignInit", Ckr.DeviceError)]
    [TestCase("C_Sign", Ckr.GeneralError)]
    [TestCase("C_Sign", 0x31u)] // CKR_DEVICE_MEMORY
    public void SignWithWrapped_CallFailsByItself_ThatOneFailsAndNoKeyIsLeft(string function, uint returnValue)
    {
        int before = _raw.CountObjects();
        FaultyModule.Fail(function, new CULong(returnValue), 1);

        Assert.That(Sign, Throws.InstanceOf<HsmException>().With.Property("ReturnValue").EqualTo(returnValue));

        Assert.That(_raw.CountObjects(), Is.EqualTo(before));
        AssertWorks(logins: 1);
    }

    [TestCase("C_UnwrapKey", Ckr.DeviceRemoved)]
    [TestCase("C_Sign", Ckr.TokenNotPresent)]
    [TestCase("C_SignInit", Ckr.DeviceRemoved)]
    public void SignWithWrapped_TokenLostInTheMiddle_IsOpenedAgainAndSignsOnce(string function, uint returnValue)
    {
        int before = _raw.CountObjects();
        FaultyModule.Fail(function, new CULong(returnValue), 1);

        AssertWorks(logins: 2);

        Assert.That(_raw.CountObjects(), Is.EqualTo(before));
    }

    [Test]
    public void SignWithWrapped_HsmAwayThenBack_FailsMeanwhileAndThenGoesOn()
    {
        FaultyModule.Fail("C_UnwrapKey", new CULong(Ckr.DeviceRemoved), 1);
        FaultyModule.Fail("C_GetSlotList", new CULong(Ckr.DeviceError), 6);

        for (int i = 0; i < 3; i++)
        {
            Assert.That(Sign, Throws.InstanceOf<HsmException>().With.Property("ReturnValue").EqualTo(Ckr.DeviceError));
        }

        AssertWorks(logins: 2);
    }

    [Test]
    public void SignWithWrapped_KeyCannotBeDestroyed_EndsWithItsSession()
    {
        int before = _raw.CountObjects();
        FaultyModule.Fail("C_DestroyObject", new CULong(Ckr.DeviceError), 1);

        Sign();

        Assert.That(_raw.CountObjects(), Is.EqualTo(before));
        AssertWorks(logins: 1);
    }

    [TestCase(Ckr.PinIncorrect)]
    [TestCase(Ckr.PinLocked)]
    public void SignWithWrapped_PinRefusedAfterALoss_IsNeverTriedAgain(uint returnValue)
    {
        FaultyModule.Fail("C_UnwrapKey", new CULong(Ckr.DeviceRemoved), 1);
        FaultyModule.Fail("C_Login", new CULong(returnValue), 1);

        for (int i = 0; i < 20; i++)
        {
            Assert.That(Sign, Throws.InstanceOf<HsmException>().With.Property("ReturnValue").EqualTo(returnValue));
        }

        Assert.That(FaultyModule.Logins(), Is.EqualTo(2));
    }

    [Test]
    public async Task SignWithWrapped_OneCallHangs_OthersGoOn()
    {
        FaultyModule.Hang("C_Sign");
        Task hanging = Task.Run(Sign);
        Assert.That(SpinWait.SpinUntil(() => FaultyModule.Hanging() == 1, TimeSpan.FromSeconds(20)));

        AssertWorks(logins: 1);

        FaultyModule.Clear();
        await hanging;
    }

    [Test]
    public void Unwrap_KeyEncryptionKeyHasATemplate_AnythingElseIsRefusedByTheHsm()
    {
        using Hsm hsm = Hsm.Open(_options);
        hsm.Token.Run(0, (session, _) =>
        {
            foreach (uint wanted in (uint[])[Cka.Token, Cka.Decrypt, Cka.Derive, Cka.Unwrap])
            {
                AttributeTemplate template = new AttributeTemplate()
                    .Add(Cka.Class, Cko.PrivateKey).Add(Cka.KeyType, Ckk.Ec).Add(Cka.Private, true).Add(Cka.Sensitive, true)
                    .Add(Cka.Sign, true).Add(wanted, true);
                Assert.That(() => Unwrap(session, template), Throws.InstanceOf<HsmException>(), $"0x{wanted:X}");
            }

            AttributeTemplate readable = new AttributeTemplate()
                .Add(Cka.Class, Cko.PrivateKey).Add(Cka.KeyType, Ckk.Ec).Add(Cka.Token, false).Add(Cka.Sensitive, false);
            Assert.That(() => Unwrap(session, readable), Throws.InstanceOf<HsmException>(), "not sensitive");
            return 0;
        });
    }

    private CULong Unwrap(Session session, AttributeTemplate template) => session.Unwrap(
        _options.Resolve().WrapMechanism, session.FindKey(Cko.SecretKey, "kek"), _wrapped.WrappedPrivateKey, template);

    private void Sign() => AssertVerifies(
        _hsm.SignWithWrapped("kek", _wrapped.WrappedPrivateKey, isRsa: false, [new HsmSignature(null, HashAlgorithmName.SHA256, 0, Digest)]));

    private void AssertVerifies(IReadOnlyList<byte[]> signatures) => Assert.That(_public.VerifyHash(Digest, signatures[0]));

    private void AssertWorks(int logins)
    {
        Sign();
        Assert.That(FaultyModule.Logins(), Is.EqualTo(logins));
        Assert.That(_hsm.LoginGeneration, Is.EqualTo(logins));
    }
}
