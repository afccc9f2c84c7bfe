using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests;

[TestFixture]
public sealed class CodeSecrecyTests
{
    [Test]
    public async Task Codes_SentUsedRefusedAndNotSent_AreInNoLogAndNotInTheDatabase()
    {
        await using CodeWorld world = await CodeWorld.StartAsync(section => section["Digits"] = 8);
        CodeCase byMail = await world.SignerAsync();
        CodeCase bySms = await world.SignerAsync(OtpChannels.Sms);
        CodeCase quoted = await world.SignerAsync(email: "quoted@example.com");
        Assert.That(await byMail.TrySendAsync(), Is.EqualTo("201"));
        Assert.That(await bySms.TrySendAsync(), Is.EqualTo("201"));
        string[] codes = [byMail.Code, world.Gateway.NewestCode];
        Assert.That(await byMail.TryApproveAsync("87654321"), Is.EqualTo("400 otp_invalid"));
        Assert.That(await byMail.TryApproveAsync(codes[0]), Is.EqualTo("201"));
        Assert.That(await byMail.TryApproveAsync(codes[0]), Is.EqualTo("400 otp_invalid"));
        Assert.That(await bySms.TryApproveAsync(codes[1]), Is.EqualTo("201"));
        Assert.That(await quoted.TrySendAsync(), Is.EqualTo("503 otp_not_sent"), "this mail server quotes the message in its refusal");
        world.Gateway.Status = 500;
        world.Server.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.That(await bySms.TrySendAsync(), Is.EqualTo("503 otp_not_sent"), "so does this gateway");
        codes = [.. codes, "87654321", world.Gateway.NewestCode];

        string logs = world.Server.Logs.Text;
        string rows = SecrecyTests.Dump(world.Server);
        Assert.That(logs, Does.Contain("2025 ").And.Contain("2026 ").And.Contain("2027 ").And.Contain("2022 ").And.Contain("Executed DbCommand"));
        Assert.That(logs, Does.Not.Contain("is your code").And.Not.Contain("Your code is"));
        Assert.That(rows, Does.Contain("quoted@example.com"), "The dump works.");
        foreach (string code in codes)
        {
            Assert.That(code, Has.Length.EqualTo(8));
            Assert.That(logs, Does.Not.Contain(code));
            Assert.That(rows, Does.Not.Contain(code));
        }

        Assert.That(logs, Does.Not.Contain(SmsGateway.Secret).And.Not.Contain(await File.ReadAllTextAsync(world.Mail.PasswordFile)));
        Assert.That(logs, Does.Not.Contain(CodeWorld.PhoneNumber).And.Not.Contain(byMail.Signer.Account.Email));
    }
}
