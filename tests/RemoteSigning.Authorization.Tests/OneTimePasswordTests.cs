using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests;

[TestFixture]
public sealed class OneTimePasswordTests
{
    private TestServer _server = null!; // Set before each test.

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await TestServer.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [TestCase(-2, "400 otp_invalid")]
    [TestCase(-1, "201")]
    [TestCase(0, "201")]
    [TestCase(1, "201")]
    [TestCase(2, "400 otp_invalid")]
    public async Task Approve_CodeOfAStepNearby_IsTakenWithinOneStep(int steps, string answer)
    {
        (TestSigner signer, string credential) = await SignerAsync();

        Assert.That(await TryAsync(signer, credential, signer.Code(steps)), Is.EqualTo(answer));
    }

    [Test]
    public async Task Approve_SameCodeAgain_IsRefusedAlsoAfterRestart()
    {
        (TestSigner signer, string credential) = await SignerAsync();
        string code = signer.Code();
        Assert.That(await TryAsync(signer, credential, code), Is.EqualTo("201"));

        Assert.That(await TryAsync(signer, credential, code), Is.EqualTo("400 otp_invalid"));
        await _server.RestartAsync();
        Assert.That(await TryAsync(signer, credential, code), Is.EqualTo("400 otp_invalid"));
        Assert.That(await TryAsync(signer, credential, signer.Code(-1)), Is.EqualTo("400 otp_invalid"));
        Assert.That(await TryAsync(signer, credential, signer.Code(1)), Is.EqualTo("201"));
    }

    [Test]
    public async Task Approve_SameCodeAtOnce_IsTakenOnce()
    {
        (TestSigner signer, string credential) = await SignerAsync();
        string code = signer.Code();

        string[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => TryAsync(signer, credential, code)));

        Assert.That(answers.Count(a => a == "201"), Is.EqualTo(1), string.Join(", ", answers));
        Assert.That(answers.Where(a => a != "201"), Is.All.EqualTo("400 otp_invalid"));
        Assert.That(await TryAsync(signer, credential, signer.Code(1)), Is.EqualTo("201"), "a right code that comes again locks nothing");
    }

    [Test]
    public async Task Approve_FiveWrongCodes_LockUntilTheOperatorResets()
    {
        (TestSigner signer, string credential) = await SignerAsync();
        for (int i = 0; i < 5; i++)
        {
            Assert.That(await TryAsync(signer, credential, signer.WrongCode()), Is.EqualTo("400 otp_invalid"));
        }

        await _server.RestartAsync();
        Assert.That(await TryAsync(signer, credential, signer.Code()), Is.EqualTo("400 otp_locked"));
        Assert.That(await _server.Operator.TryResetPinAsync(signer.Id, signer.Pin), Is.EqualTo("204"));
        Assert.That(await TryAsync(signer, credential, signer.Code()), Is.EqualTo("201"));
    }

    [Test]
    public async Task Approve_FiftyWrongCodesAtOnce_LooksAtFive()
    {
        (TestSigner signer, string credential) = await SignerAsync();
        string wrong = signer.WrongCode();

        string[] answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => TryAsync(signer, credential, wrong)));

        Assert.That(answers.Count(a => a == "400 otp_invalid"), Is.EqualTo(5));
        Assert.That(answers.Count(a => a == "400 otp_locked"), Is.EqualTo(45));
    }

    [Test]
    public async Task Approve_WrongPinWithRightCode_DoesNotUseTheCodeUp()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);
        string credential = await signer.AddCredentialAsync(pin: true, otp: true);
        string code = signer.Code();

        Assert.That(await TryAsync(signer, credential, code, TestSigner.WrongPin), Is.EqualTo("400 pin_invalid"));
        Assert.That(await TryAsync(signer, credential, code, signer.Pin), Is.EqualTo("201"));
    }

    [Test]
    public async Task Approve_RightPinWithWrongCode_CountsTheCodeAlone()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);
        string credential = await signer.AddCredentialAsync(pin: true, otp: true);
        for (int i = 0; i < 5; i++)
        {
            Assert.That(await TryAsync(signer, credential, signer.WrongCode(), signer.Pin), Is.EqualTo("400 otp_invalid"));
        }

        Assert.That(await TryAsync(signer, credential, signer.Code(), signer.Pin), Is.EqualTo("400 otp_locked"));
        Assert.That(await _server.Ssa.TryVerifyPinAsync(signer.Token, signer.Pin), Is.EqualTo("204"));
    }

    [Test]
    public async Task Approve_AFactorMissing_LooksAtNone()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);
        string credential = await signer.AddCredentialAsync(pin: true, otp: true);
        for (int i = 0; i < 6; i++)
        {
            Assert.That(await TryAsync(signer, credential, null, TestSigner.WrongPin), Is.EqualTo("400 otp_missing"));
            Assert.That(await TryAsync(signer, credential, signer.WrongCode(), null), Is.EqualTo("400 pin_missing"));
        }

        Assert.That(await TryAsync(signer, credential, signer.Code(), signer.Pin), Is.EqualTo("201"));
    }

    private async Task<(TestSigner Signer, string Credential)> SignerAsync()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);
        return (signer, await signer.AddCredentialAsync(pin: false, otp: true));
    }

    private Task<string> TryAsync(TestSigner signer, string credential, string? code, string? pin = null) =>
        _server.Ssa.TryApproveAsync(new TransactionRequest(signer.Token, credential, 1, Pin: pin, Otp: code));
}
