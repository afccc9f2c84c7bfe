using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests;

[TestFixture]
public sealed class OneTimeCodeLimitTests
{
    private CodeWorld _world = null!; // Set before each test.

    [OneTimeSetUp]
    public async Task StartAsync() => _world = await CodeWorld.StartAsync(section =>
    {
        section["ResendSeconds"] = 60;
        section["PerHour"] = 3;
        section["PerDay"] = 5;
        section["Digits"] = 8;
    });

    [OneTimeTearDown]
    public async Task StopAsync() => await _world.DisposeAsync();

    [Test]
    public async Task Send_AgainAtOnce_SaysWhenToComeAgain()
    {
        CodeCase signer = await _world.SignerAsync();
        string other = await signer.Signer.AddCredentialAsync(otp: true, channel: OtpChannels.Sms);
        Assert.That(await signer.TrySendAsync(), Is.EqualTo("201"));

        _world.Server.Clock.Advance(TimeSpan.FromSeconds(20));
        Assert.That(await signer.TrySendAsync(), Is.EqualTo("429 otp_too_soon 40"));
        Assert.That(await (signer with { Credential = other }).TrySendAsync(), Is.EqualTo("429 otp_too_soon 40"), "all credentials together");
        Assert.That(_world.Mail.Read(signer.Signer.Account.Email), Has.Count.EqualTo(1));
        Assert.That(signer.Code, Has.Length.EqualTo(8));
        _world.Server.Clock.Advance(TimeSpan.FromSeconds(40));
        Assert.That(await signer.TrySendAsync(), Is.EqualTo("201"));
    }

    [Test]
    public async Task Send_AtOnce_SendsOne()
    {
        CodeCase signer = await _world.SignerAsync();

        string[] answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => signer.TrySendAsync()));

        Assert.That(answers.Count(a => a == "201"), Is.EqualTo(1), string.Join(", ", answers));
        Assert.That(answers.Where(a => a != "201"), Is.All.EqualTo("429 otp_too_soon 60"));
        Assert.That(_world.Mail.Read(signer.Signer.Account.Email), Has.Count.EqualTo(1));
        Assert.That(await signer.TryApproveAsync(signer.Code), Is.EqualTo("201"));
    }

    [Test]
    public async Task Send_MoreThanTheHourAndTheDayAllow_IsRefusedUntilTheyAreOver()
    {
        CodeCase signer = await _world.SignerAsync();
        var answers = new List<string>();
        for (int i = 0; i < 4; i++)
        {
            answers.Add(await signer.TrySendAsync());
            _world.Server.Clock.Advance(TimeSpan.FromSeconds(60));
        }

        Assert.That(answers, Is.EqualTo(new[] { "201", "201", "201", "429 otp_too_often 3420" }));
        _world.Server.Clock.Advance(TimeSpan.FromSeconds(3360));
        signer = await signer.SignInAgainAsync();
        Assert.That(await signer.TrySendAsync(), Is.EqualTo("201"), "an hour after the first");
        _world.Server.Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.That(await signer.TrySendAsync(), Is.EqualTo("201"));
        _world.Server.Clock.Advance(TimeSpan.FromSeconds(60));
        await _world.Server.RestartAsync();
        Assert.That(await signer.TrySendAsync(), Is.EqualTo($"429 otp_too_often {86_400 - 3720}"));
    }

    [Test]
    public async Task Send_WhileTheMailServerIsAway_DoesNotCount()
    {
        await using CodeWorld world = await CodeWorld.StartAsync();
        CodeCase signer = await world.SignerAsync();
        Assert.That(await signer.TrySendAsync(), Is.EqualTo("201"));
        string code = signer.Code;
        world.Server.Clock.Advance(TimeSpan.FromSeconds(30));
        world.Mail.Stop();

        for (int i = 0; i < 12; i++)
        {
            Assert.That(await signer.TrySendAsync(), Is.EqualTo("503 otp_not_sent"));
        }

        Assert.That(await signer.TryApproveAsync(code), Is.EqualTo("201"), "the code that was sent still holds");
        await world.Mail.StartAsync(CancellationToken.None);
        Assert.That(await signer.TrySendAsync(), Is.EqualTo("201"));
        Assert.That(world.Server.Logs.Text, Does.Contain("2026 ").And.Contain("the connection to the mail server failed"));
    }
}
