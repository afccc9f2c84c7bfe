using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using RemoteSigning.Authorization.Api;
using RemoteSigning.Authorization.Keys;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests;

[TestFixture]
public sealed class StorageTests
{
    private TestServer _server = null!; // Set before each test.

    [SetUp]
    public async Task StartAsync() => _server = await TestServer.StartAsync();

    [TearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Model_AndMigrations_Agree()
    {
        await using AuthorizationDatabase database = await _server.OpenDatabaseAsync();

        Assert.That(database.Database.HasPendingModelChanges(), Is.False);
        Assert.That(await database.Database.GetPendingMigrationsAsync(), Is.Empty);
    }

    [Test]
    public async Task Purge_OfWhatExpiredADayAgo_LeavesTheRest()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server, rememberMe: true);
        ActivationCase old = await ActivationCase.ApproveAsync(_server, signer, 2);
        Assert.That(await old.TryAsync(1), Is.EqualTo("201"));
        TestSigner shortLived = await TestSigner.CreateAsync(_server);
        _server.Clock.Advance(Purge.Grace + TimeSpan.FromSeconds(3601));
        Session session = await _server.Ssa.SignInAsync(signer.Account.Email, signer.Password);
        Assert.That(await _server.Ssa.TryQueryAsync(shortLived.Token), Is.EqualTo("401 token_expired"));
        ActivationCase live = await ActivationCase.ApproveAsync(_server, signer with { Session = session }, 2);
        Assert.That(await live.TryAsync(1), Is.EqualTo("201"));

        await _server.Services.GetRequiredService<Purge>().RunOnceAsync(CancellationToken.None);

        await using AuthorizationDatabase database = await _server.OpenDatabaseAsync();
        Assert.That(await database.Transactions.CountAsync(), Is.EqualTo(1));
        Assert.That(await database.Activations.CountAsync(), Is.EqualTo(1));
        Assert.That(await database.Grants.CountAsync(), Is.EqualTo(2));
        Assert.That(await database.Tokens.Select(t => t.Kind).ToListAsync(), Is.EquivalentTo(new[] { TokenKind.Access, TokenKind.Refresh }));
        Assert.That(await live.TryAsync(1), Is.EqualTo("201"));
        Assert.That(await _server.Ssa.TryQueryAsync(shortLived.Token), Is.EqualTo("401 token_invalid"));
        Assert.That(await _server.Ssa.TryRefreshAsync(signer.Session.RefreshToken ?? ""), Is.EqualTo("201"));
    }

    [Test]
    public async Task Totp_SecretOfAnotherSigner_CannotBeRead()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);
        await using AuthorizationDatabase database = await _server.OpenDatabaseAsync();
        byte[] stored = (await database.Accounts.SingleAsync(a => a.Signer == signer.Id)).TotpSecret;
        AuthorizationKeys keys = _server.Services.GetRequiredService<AuthorizationKeys>();

        Assert.That(keys.UnprotectTotpSecret(signer.Id, stored), Is.EqualTo(Base32Reader.Read(signer.Account.TotpSecret ?? "")));
        Assert.That(
            () => keys.UnprotectTotpSecret("another", stored),
            Throws.InstanceOf<System.Security.Cryptography.AuthenticationTagMismatchException>());
        stored[^1] ^= 1;
        Assert.That(
            () => keys.UnprotectTotpSecret(signer.Id, stored),
            Throws.InstanceOf<System.Security.Cryptography.AuthenticationTagMismatchException>());
    }

    [Test]
    public void Pin_VerifiersOfOnePin_DifferBySignerAndSalt()
    {
        AuthorizationKeys keys = _server.Services.GetRequiredService<AuthorizationKeys>();
        byte[] verifier = keys.VerifierOfPin("a", "salt"u8, "123456");

        Assert.That(keys.VerifierOfPin("a", "salt"u8, "123456"), Is.EqualTo(verifier));
        Assert.That(keys.VerifierOfPin("b", "salt"u8, "123456"), Is.Not.EqualTo(verifier));
        Assert.That(keys.VerifierOfPin("a", "sale"u8, "123456"), Is.Not.EqualTo(verifier));
        Assert.That(keys.VerifierOfPin("a", "salt1"u8, "23456"), Is.Not.EqualTo(verifier));
        Assert.That(keys.VerifierOfPin("as", "alt"u8, "123456"), Is.Not.EqualTo(verifier));
    }

    [Test]
    public void Digests_ThereAndBack_KeepMultiplicity()
    {
        byte[] a = Encoding.ASCII.GetBytes(new string('a', 32));
        byte[] b = Encoding.ASCII.GetBytes(new string('b', 64));
        DigestMultiset read = DigestMultiset.Read(new DigestMultiset([a, b, a]).ToBytes());

        Assert.That(read.TryTake([b, a]), Is.True);
        Assert.That(DigestMultiset.Read(read.ToBytes()).TryTake([b]), Is.False);
        Assert.That(DigestMultiset.Read(read.ToBytes()).TryTake([a]), Is.True);
        Assert.That(DigestMultiset.Read(read.ToBytes()).TryTake([a, a]), Is.False);
        Assert.That(DigestMultiset.Read([]).ToBytes(), Is.Empty);
    }
}
