using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests;

/// <summary>An operator changes where a signer's codes go.</summary>
public sealed class CodeAddressTests
{
    private static int s_count;

    private CodeWorld _world = null!; // Set before the first test.

    [OneTimeSetUp]
    public async Task StartAsync() => _world = await CodeWorld.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _world.DisposeAsync();

    [Test]
    public async Task Change_Email_SendsTheNextCodeThereAndTellsTheOldAddress()
    {
        CodeCase signer = await _world.SignerAsync();
        string old = signer.Signer.Account.Email;
        string next = NewAddress();

        string answer = await ChangeAsync(signer, new CodeAddresses(Email: next));
        await signer.TrySendAsync();
        TokenState state = await _world.Server.Ssa.QueryAsync(signer.Signer.Token);

        Assert.That(answer, Is.EqualTo("204"));
        string notice = _world.Mail.Read(old).Single();
        Assert.Multiple(async () =>
        {
            Assert.That(notice, Does.Contain("go to another address").And.Contain($"{next[..1]}***@example.com").And.Not.Contain(next));
            Assert.That(_world.Mail.Read(next), Has.Count.EqualTo(1));
            Assert.That(state.Email, Is.EqualTo(old), "the login stays");
            Assert.That(state.MaskedEmail, Is.EqualTo($"{next[..1]}***@example.com"));
            Assert.That(await signer.TryApproveAsync(_world.Mail.ReadCode(next)), Is.EqualTo("201"));
        });
    }

    [Test]
    public async Task Change_PhoneNumber_SendsTheNextCodeThereAndTellsByEmail()
    {
        CodeCase signer = await _world.SignerAsync(OtpChannels.Sms);

        string answer = await ChangeAsync(signer, new CodeAddresses(PhoneNumber: "+4915199999999"));
        string sent = await signer.TrySendAsync();

        Assert.That((answer, sent), Is.EqualTo(("204", "201")));
        Assert.That(_world.Gateway.Requests[^1].Query["to"], Is.EqualTo("+4915199999999"));
        Assert.That(_world.Mail.Read(signer.Signer.Account.Email).Single(), Does.Contain("SMS: +***99, before +***78"));
    }

    [Test]
    public async Task Change_WhileACodeIsThere_EndsIt()
    {
        CodeCase signer = await _world.SignerAsync();
        await signer.TrySendAsync();
        string code = signer.Code;

        await ChangeAsync(signer, new CodeAddresses(Email: NewAddress()));

        Assert.That(await signer.TryApproveAsync(code), Is.EqualTo("400 otp_invalid"));
    }

    [Test]
    public async Task Change_IsRecordedWithItsOperator()
    {
        CodeCase signer = await _world.SignerAsync();
        string old = signer.Signer.Account.Email;
        string next = NewAddress();

        await ChangeAsync(signer, new CodeAddresses(next, "+4915100000000"));
        await ChangeAsync(signer, new CodeAddresses(next));

        await using AuthorizationDatabase database = await _world.Server.OpenDatabaseAsync();
        List<AddressChangeRow> changes = await database.AddressChanges.Where(c => c.Signer == signer.Signer.Id).OrderBy(c => c.Id).ToListAsync();
        Assert.That(
            changes.Select(c => (c.Channel, c.Before, c.After, c.Operator)),
            Is.EqualTo(new[] { ("email", old, next, "operator"), ("sms", CodeWorld.PhoneNumber, "+4915100000000", "operator") }),
            "what changes nothing is no change");
        Assert.That(_world.Mail.Read(next), Is.Empty, "and nobody is told of it");
    }

    [Test]
    public async Task Change_MailServerAway_StandsAndTheOperatorIsTold()
    {
        await using CodeWorld world = await CodeWorld.StartAsync();
        CodeCase signer = await world.SignerAsync(OtpChannels.Sms);
        world.Mail.Stop();

        string answer = await world.Server.Operator.TryChangeAddressesAsync(signer.Signer.Id, new CodeAddresses(PhoneNumber: "+4915177777777"));

        Assert.That(answer, Is.EqualTo("204"));
        Assert.That(world.Server.Logs.Text, Does.Contain("could not be told that codes go to another address"));
        Assert.That(await signer.TrySendAsync(), Is.EqualTo("201"));
        Assert.That(world.Gateway.Requests[^1].Query["to"], Is.EqualTo("+4915177777777"));
    }

    [TestCase(null, null)]
    [TestCase("no address", null)]
    [TestCase("\"quoted\"@example.com", null)]
    [TestCase("a@example.com\r\nRCPT TO:<b@example.com>", null)]
    [TestCase(null, "015112345678")]
    [TestCase("one@example.com", "+49")]
    public async Task Change_ThatIsNone_IsMalformed(string? email, string? number)
    {
        CodeCase signer = await _world.SignerAsync();

        Assert.That(await ChangeAsync(signer, new CodeAddresses(email, number)), Is.EqualTo("400 malformed"));
    }

    [Test]
    public async Task Change_ByTheSigningServerOrOfNobody_IsRefused()
    {
        CodeCase signer = await _world.SignerAsync();
        var addresses = new CodeAddresses(NewAddress());

        Assert.That(await _world.Server.Ssa.TryChangeAddressesAsync(signer.Signer.Id, addresses), Is.EqualTo("403 role_forbidden"));
        Assert.That(await _world.Server.Operator.TryChangeAddressesAsync("nobody", addresses), Is.EqualTo("404 not_found"));
    }

    private Task<string> ChangeAsync(CodeCase signer, CodeAddresses addresses) =>
        _world.Server.Operator.TryChangeAddressesAsync(signer.Signer.Id, addresses);

    private static string NewAddress() => $"next{Interlocked.Increment(ref s_count)}@example.com";
}
