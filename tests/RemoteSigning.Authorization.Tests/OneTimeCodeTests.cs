using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests;

[TestFixture]
public sealed class OneTimeCodeTests
{
    private CodeWorld _world = null!; // Set before each test.

    [OneTimeSetUp]
    public async Task StartAsync() => _world = await CodeWorld.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _world.DisposeAsync();

    [TestCase(OtpChannels.Email, "low", "pwd pin otp email")]
    [TestCase(OtpChannels.Sms, "substantial", "pwd pin otp sms")]
    public async Task Approve_CodeThatWasSent_SaysHowItCame(string channel, string acr, string amr)
    {
        CodeCase signer = await _world.SignerAsync(channel, pin: true);
        OneTimeCode sent = await _world.Server.Ssa.SendCodeAsync(signer.Request);
        string code = channel == OtpChannels.Email ? signer.Code : _world.Gateway.NewestCode;

        Assert.That(await signer.TryApproveAsync(code, TestSigner.WrongPin), Is.EqualTo("400 pin_invalid"));
        Assert.That(await signer.TryApproveAsync(code, TestSigner.DefaultPin), Is.EqualTo("201"), "a wrong PIN does not use the code up");
        Assert.That(sent, Is.EqualTo(new OneTimeCode(channel, channel == OtpChannels.Email ? "s***@example.com" : "+***78", 300)));
        await using AuthorizationDatabase database = await _world.Server.OpenDatabaseAsync();
        TransactionRow row = await database.Transactions.SingleAsync(t => t.Signer == signer.Signer.Id);
        Assert.That((row.Acr, row.Amr), Is.EqualTo((acr, amr)));
    }

    [Test]
    public async Task TokenState_OfASigner_ShowsMaskedAddressesOnly()
    {
        CodeCase signer = await _world.SignerAsync();

        TokenState state = await _world.Server.Ssa.QueryAsync(signer.Signer.Token);

        Assert.That((state.MaskedEmail, state.MaskedPhoneNumber), Is.EqualTo(("s***@example.com", "+***78")));
    }

    [Test]
    public async Task Approve_WithoutACodeThatWasSent_IsRefused()
    {
        CodeCase signer = await _world.SignerAsync();

        Assert.That(await signer.TryApproveAsync("123456"), Is.EqualTo("400 otp_invalid"));
        Assert.That(await signer.TryApproveAsync(signer.Signer.Code()), Is.EqualTo("400 otp_invalid"), "an app's code is none that was sent");
        Assert.That(await signer.TryApproveAsync(""), Is.EqualTo("400 otp_missing"));
    }

    [Test]
    public async Task Approve_CodeForAnotherCredential_IsRefused()
    {
        CodeCase signer = await _world.SignerAsync();
        string other = await signer.Signer.AddCredentialAsync(pin: false, otp: true, channel: OtpChannels.Email);
        Assert.That(await signer.TrySendAsync(), Is.EqualTo("201"));

        Assert.That(await (signer with { Credential = other }).TryApproveAsync(signer.Code), Is.EqualTo("400 otp_invalid"));
        Assert.That(await signer.TryApproveAsync(signer.Code), Is.EqualTo("201"));
    }

    [Test]
    public async Task Approve_CodeOfAnotherSigner_IsRefused()
    {
        CodeCase signer = await _world.SignerAsync();
        CodeCase other = await _world.SignerAsync();
        Assert.That(await signer.TrySendAsync(), Is.EqualTo("201"));

        Assert.That(await other.TryApproveAsync(signer.Code), Is.EqualTo("400 otp_invalid"));
    }

    [TestCase(299, "201")]
    [TestCase(300, "400 otp_invalid")]
    public async Task Approve_CodeAtTheEndOfItsLife_IsTakenUntilThen(int seconds, string answer)
    {
        CodeCase signer = await _world.SignerAsync();
        Assert.That(await signer.TrySendAsync(), Is.EqualTo("201"));
        string code = signer.Code;
        _world.Server.Clock.Advance(TimeSpan.FromSeconds(seconds));

        for (int i = 0; i < 6; i++)
        {
            Assert.That(await signer.TryApproveAsync(code), Is.EqualTo(i == 0 ? answer : "400 otp_invalid"));
        }

        Assert.That(await signer.TrySendAsync(), Is.EqualTo("201"), "a right code that comes late or again locks nothing");
        Assert.That(await signer.TryApproveAsync(signer.Code), Is.EqualTo("201"));
    }

    [Test]
    public async Task Approve_OneCodeAtOnce_IsTakenOnce()
    {
        CodeCase signer = await _world.SignerAsync();
        Assert.That(await signer.TrySendAsync(), Is.EqualTo("201"));
        string code = signer.Code;

        string[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => signer.TryApproveAsync(code)));

        Assert.That(answers.Count(a => a == "201"), Is.EqualTo(1), string.Join(", ", answers));
        Assert.That(answers.Where(a => a != "201"), Is.All.EqualTo("400 otp_invalid"));
    }

    [Test]
    public async Task Code_AcrossARestart_HoldsAndStaysUsed()
    {
        CodeCase signer = await _world.SignerAsync();
        Assert.That(await signer.TrySendAsync(), Is.EqualTo("201"));
        await _world.Server.RestartAsync();

        Assert.That(await signer.TrySendAsync(), Is.EqualTo("429 otp_too_soon 30"));
        Assert.That(await signer.TryApproveAsync(signer.Code), Is.EqualTo("201"));
        await _world.Server.RestartAsync();
        Assert.That(await signer.TryApproveAsync(signer.Code), Is.EqualTo("400 otp_invalid"));
    }

    [Test]
    public async Task Send_ASecondCode_TakesTheFirstOnesPlace()
    {
        CodeCase signer = await _world.SignerAsync();
        Assert.That(await signer.TrySendAsync(), Is.EqualTo("201"));
        string first = signer.Code;
        string second = first;
        while (second == first)
        {
            _world.Server.Clock.Advance(TimeSpan.FromSeconds(30));
            Assert.That(await signer.TrySendAsync(), Is.EqualTo("201"));
            second = signer.Code;
        }

        Assert.That(await signer.TryApproveAsync(first), Is.EqualTo("400 otp_invalid"));
        Assert.That(await signer.TryApproveAsync(second), Is.EqualTo("201"));
    }

    [Test]
    public async Task Approve_FiveWrongCodes_LockApprovingAndSendingUntilTheOperatorResets()
    {
        CodeCase signer = await _world.SignerAsync();
        Assert.That(await signer.TrySendAsync(), Is.EqualTo("201"));

        string[] answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => signer.TryApproveAsync(signer.WrongCode)));
        Assert.That(answers.Count(a => a == "400 otp_invalid"), Is.EqualTo(5));
        Assert.That(answers.Count(a => a == "400 otp_locked"), Is.EqualTo(45));

        await _world.Server.RestartAsync();
        Assert.That(await signer.TryApproveAsync(signer.Code), Is.EqualTo("400 otp_locked"));
        _world.Server.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.That(await signer.TrySendAsync(), Is.EqualTo("400 otp_locked"));
        string app = await signer.Signer.AddCredentialAsync(pin: false, otp: true);
        Assert.That(await (signer with { Credential = app }).TryApproveAsync(signer.Signer.Code()), Is.EqualTo("400 otp_locked"), "one counter");
        Assert.That(await _world.Server.Operator.TryResetPinAsync(signer.Signer.Id, TestSigner.DefaultPin), Is.EqualTo("204"));
        Assert.That(await signer.TryApproveAsync(signer.Code), Is.EqualTo("201"));
    }

    [Test]
    public async Task Purge_OfACodeThatExpiredADayAgo_ForgetsIt()
    {
        CodeCase signer = await _world.SignerAsync();
        Assert.That(await signer.TrySendAsync(), Is.EqualTo("201"));
        _world.Server.Clock.Advance(Purge.Grace + TimeSpan.FromSeconds(301));

        await _world.Server.PurgeAsync();

        await using AuthorizationDatabase database = await _world.Server.OpenDatabaseAsync();
        AccountRow row = await database.Accounts.SingleAsync(a => a.Signer == signer.Signer.Id);
        Assert.That((row.CodeSalt, row.CodeVerifier, row.CodeExpiresAt), Is.EqualTo(((byte[]?)null, (byte[]?)null, (DateTimeOffset?)null)));
        Assert.That(row.CodesInDay, Is.EqualTo(1));
    }

    [Test]
    public async Task Send_ForACredentialWithoutSentCodes_IsRefused()
    {
        CodeCase signer = await _world.SignerAsync();
        string app = await signer.Signer.AddCredentialAsync(otp: true);
        string byCode = await signer.Signer.AddCredentialAsync(otp: true, authMode: "oauth2code", channel: OtpChannels.Email);
        CodeCase other = await _world.SignerAsync();

        Assert.That(await _world.Server.Ssa.TrySendCodeAsync(signer.Request with { CredentialId = app }), Is.EqualTo("403 not_allowed"));
        Assert.That(await _world.Server.Ssa.TrySendCodeAsync(signer.Request with { CredentialId = byCode }), Is.EqualTo("403 not_allowed"));
        Assert.That(
            await _world.Server.Ssa.TrySendCodeAsync(signer.Request with { CredentialId = other.Credential }),
            Is.EqualTo("400 credential_unknown"));
        Assert.That(await _world.Server.Ssa.TrySendCodeAsync(signer.Request with { CredentialId = "no such\n" }), Is.EqualTo("400 credential_unknown"));
        Assert.That(await _world.Server.Ssa.TrySendCodeAsync(signer.Request with { AccessToken = "none" }), Is.EqualTo("401 token_invalid"));
        Assert.That(await _world.Server.OtherSsa.TrySendCodeAsync(signer.Request), Is.EqualTo("401 token_invalid"));
        Assert.That(await _world.Server.Operator.TrySendCodeAsync(signer.Request), Is.EqualTo("403 role_forbidden"));
        Assert.That(await _world.Server.Ssa.TrySendCodeAsync(signer.Request with { NumSignatures = 0 }), Is.EqualTo("400 malformed"));
        Assert.That(await _world.Server.Ssa.TrySendCodeAsync(signer.Request with { NumSignatures = 1001 }), Is.EqualTo("400 malformed"));
        Assert.That(_world.Mail.Read(signer.Signer.Account.Email), Is.Empty);
    }

    [Test]
    public async Task Register_ChannelOnWhichNothingCanCome_IsRefused()
    {
        TestSigner plain = await TestSigner.CreateAsync(_world.Server);
        TestSigner foreign = await TestSigner.CreateAsync(_world.Server, phoneNumber: CodeWorld.PhoneNumber, email: "s\u00e4nder@example.com");
        TestSigner tricky = await TestSigner.CreateAsync(_world.Server, email: "a>b@example.com");

        Assert.That(await TryAsync(plain, OtpChannels.Email), Is.EqualTo("201"));
        Assert.That(await TryAsync(plain, OtpChannels.Sms), Is.EqualTo("400 malformed"), "no number");
        Assert.That(await TryAsync(foreign, OtpChannels.Email), Is.EqualTo("400 malformed"));
        Assert.That(await TryAsync(foreign, OtpChannels.Sms), Is.EqualTo("201"));
        Assert.That(await TryAsync(tricky, OtpChannels.Email), Is.EqualTo("400 malformed"));
        Assert.That(await TryAsync(plain, "telex"), Is.EqualTo("400 malformed"));
        Assert.That(await TryAsync(plain, ""), Is.EqualTo("400 malformed"));
        Assert.That(await TryAsync(plain, OtpChannels.Email, otp: false), Is.EqualTo("400 malformed"));
    }

    [TestCase("4915112345678")]
    [TestCase("+0915112345678")]
    [TestCase("+4915112345678901")]
    [TestCase("+49151")]
    [TestCase("+49 151 12345678")]
    [TestCase("+4915112345678\n")]
    [TestCase("")]
    public async Task CreateAccount_NumberThatIsNone_IsRefused(string number) => Assert.That(
        await _world.Server.Operator.TryCreateAccountAsync(
            new AccountRequest("number@example.com", "Given", "Family", "correct horse", TestSigner.DefaultPin, number)),
        Is.EqualTo("400 malformed"));

    private Task<string> TryAsync(TestSigner signer, string channel, bool otp = true)
    {
        string id = $"credential-{Guid.NewGuid():N}";
        return _world.Server.Ssa.TryRegisterAsync(
            new CredentialRegistration(id, TestSigner.KeyOf(id), signer.Id, "1", "explicit", true, otp, 10, channel));
    }
}
