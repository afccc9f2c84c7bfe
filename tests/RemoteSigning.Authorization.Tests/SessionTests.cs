using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests;

[TestFixture]
public sealed class SessionTests
{
    private TestServer _server = null!; // Set before each test.

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await TestServer.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task SignIn_RightPassword_GivesTokenOfTheSigner()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);

        TokenState state = await _server.Ssa.QueryAsync(signer.Token);

        Assert.That(signer.Session.RefreshToken, Is.Null);
        Assert.That(signer.Session.ExpiresIn, Is.EqualTo(3600));
        Assert.That(signer.Token, Has.Length.EqualTo(43));
        Assert.That(state, Is.EqualTo(new TokenState(
            signer.Id, signer.Account.Email, TokenState.DirectClient, _server.Clock.GetUtcNow().ToUnixTimeSeconds() + 3600, "s***@example.com")));
    }

    [Test]
    public async Task SignIn_EmailInOtherCase_IsTheSameAccount()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);

        Session session = await _server.Ssa.SignInAsync(signer.Account.Email.ToUpperInvariant(), signer.Password);

        Assert.That((await _server.Ssa.QueryAsync(session.AccessToken)).Signer, Is.EqualTo(signer.Id));
    }

    [TestCase("nobody@example.com")]
    [TestCase("not an address")]
    [TestCase("")]
    [TestCase("nul\0@example.com")]
    public async Task SignIn_UnknownAccount_IsRefusedAsAWrongPasswordIs(string login)
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);

        Assert.That(await _server.Ssa.TrySignInAsync(login, signer.Password), Is.EqualTo("401 login_failed"));
        Assert.That(await _server.Ssa.TrySignInAsync(signer.Account.Email, "wrong"), Is.EqualTo("401 login_failed"));
    }

    [Test]
    public async Task SignIn_TenWrongPasswords_LocksAcrossRestartUntilTheTimeIsOver()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);
        for (int i = 0; i < 10; i++)
        {
            Assert.That(await _server.Ssa.TrySignInAsync(signer.Account.Email, "wrong"), Is.EqualTo("401 login_failed"));
        }

        await _server.RestartAsync();
        Assert.That(await _server.Ssa.TrySignInAsync(signer.Account.Email, signer.Password), Is.EqualTo("401 login_failed"));
        _server.Clock.Advance(TimeSpan.FromMinutes(14.9));
        Assert.That(await _server.Ssa.TrySignInAsync(signer.Account.Email, signer.Password), Is.EqualTo("401 login_failed"));
        _server.Clock.Advance(TimeSpan.FromMinutes(0.1));
        Assert.That(await _server.Ssa.TrySignInAsync(signer.Account.Email, signer.Password), Is.EqualTo("201"));
        Assert.That(await _server.Ssa.TrySignInAsync(signer.Account.Email, "wrong"), Is.EqualTo("401 login_failed"));
        Assert.That(await _server.Ssa.TrySignInAsync(signer.Account.Email, signer.Password), Is.EqualTo("201"));
    }

    [Test]
    public async Task SignIn_ManyRightPasswordsAtOnce_AllPass()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);

        string[] answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => _server.Ssa.TrySignInAsync(signer.Account.Email, signer.Password)));

        Assert.That(answers, Is.All.EqualTo("201"));
    }

    [Test]
    public async Task SignIn_ManyWrongPasswordsAtOnce_AreCountedBeforeTheyAreLookedAt()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);

        string[] answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => _server.Ssa.TrySignInAsync(signer.Account.Email, "wrong")));

        Assert.That(answers, Is.All.EqualTo("401 login_failed"));
        Assert.That(await _server.Ssa.TrySignInAsync(signer.Account.Email, signer.Password), Is.EqualTo("401 login_failed"));
        string[] refusals = [.. _server.Logs.Text.Split('\n').Where(l => l.Contains(signer.Id, StringComparison.Ordinal))];
        Assert.That(refusals.Count(l => l.StartsWith("2011 ", StringComparison.Ordinal)), Is.EqualTo(10));
        Assert.That(refusals.Count(l => l.StartsWith("2012 ", StringComparison.Ordinal)), Is.EqualTo(11));
    }

    [Test]
    public async Task Query_ExpiredToken_IsToldApartFromAnUnknownOne()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);

        _server.Clock.Advance(TimeSpan.FromSeconds(3599));
        Assert.That(await _server.Ssa.TryQueryAsync(signer.Token), Is.EqualTo("200"));
        _server.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.That(await _server.Ssa.TryQueryAsync(signer.Token), Is.EqualTo("401 token_expired"));
        Assert.That(await _server.Ssa.TryQueryAsync(signer.Token[..^1] + "_"), Is.EqualTo("401 token_invalid"));
        Assert.That(await _server.Ssa.TryQueryAsync(""), Is.EqualTo("401 token_invalid"));
    }

    [Test]
    public async Task Query_TokenOfAnotherSsa_IsInvalid()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server, rememberMe: true);

        Assert.That(await _server.OtherSsa.TryQueryAsync(signer.Token), Is.EqualTo("401 token_invalid"));
        Assert.That(
            await _server.OtherSsa.TryRefreshAsync(signer.Session.RefreshToken ?? ""), Is.EqualTo("401 token_invalid"));
        Assert.That(await _server.Ssa.TryQueryAsync(signer.Token), Is.EqualTo("200"));
    }

    [Test]
    public async Task Query_RefreshToken_IsNoAccessToken()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server, rememberMe: true);

        Assert.That(await _server.Ssa.TryQueryAsync(signer.Session.RefreshToken ?? ""), Is.EqualTo("401 token_invalid"));
        Assert.That(await _server.Ssa.TryRefreshAsync(signer.Token), Is.EqualTo("401 token_invalid"));
    }

    [Test]
    public async Task Refresh_RefreshToken_IsExchangedForNewOnes()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server, rememberMe: true);
        _server.Clock.Advance(TimeSpan.FromHours(2));

        Session renewed = await _server.Ssa.RefreshAsync(signer.Session.RefreshToken ?? "");

        Assert.That(renewed.RefreshToken, Is.Not.Null.And.Not.EqualTo(signer.Session.RefreshToken));
        Assert.That((await _server.Ssa.QueryAsync(renewed.AccessToken)).Signer, Is.EqualTo(signer.Id));
        Assert.That(await _server.Ssa.TryRefreshAsync(renewed.RefreshToken ?? ""), Is.EqualTo("201"));
    }

    [Test]
    public async Task Refresh_UsedToken_KillsTheWholeGrant()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server, rememberMe: true);
        Session renewed = await _server.Ssa.RefreshAsync(signer.Session.RefreshToken ?? "");

        Assert.That(await _server.Ssa.TryRefreshAsync(signer.Session.RefreshToken ?? ""), Is.EqualTo("401 token_invalid"));

        Assert.That(await _server.Ssa.TryQueryAsync(signer.Token), Is.EqualTo("401 token_invalid"));
        Assert.That(await _server.Ssa.TryQueryAsync(renewed.AccessToken), Is.EqualTo("401 token_invalid"));
        Assert.That(await _server.Ssa.TryRefreshAsync(renewed.RefreshToken ?? ""), Is.EqualTo("401 token_invalid"));
    }

    [Test]
    public async Task Refresh_SameTokenAtOnce_SucceedsAtMostOnceAndKillsTheGrant()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server, rememberMe: true);

        string[] answers = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => _server.Ssa.TryRefreshAsync(signer.Session.RefreshToken ?? "")));

        Assert.That(answers.Count(a => a == "201"), Is.EqualTo(1), string.Join(", ", answers));
        Assert.That(answers.Where(a => a != "201"), Is.All.EqualTo("401 token_invalid"));
        Assert.That(await _server.Ssa.TryQueryAsync(signer.Token), Is.EqualTo("401 token_invalid"));
    }

    [Test]
    public async Task Refresh_After30Days_IsExpired()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server, rememberMe: true);

        _server.Clock.Advance(TimeSpan.FromDays(30));

        Assert.That(await _server.Ssa.TryRefreshAsync(signer.Session.RefreshToken ?? ""), Is.EqualTo("401 token_expired"));
    }

    [Test]
    public async Task Revoke_AccessToken_LeavesTheRefreshToken()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server, rememberMe: true);

        Assert.That(await _server.Ssa.TryRevokeAsync(signer.Token, signer.Token, "refresh_token"), Is.EqualTo("204"));

        Assert.That(await _server.Ssa.TryQueryAsync(signer.Token), Is.EqualTo("401 token_invalid"));
        Assert.That(await _server.Ssa.TryRefreshAsync(signer.Session.RefreshToken ?? ""), Is.EqualTo("201"));
    }

    [Test]
    public async Task Revoke_RefreshToken_TakesAllTokensOfTheGrant()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server, rememberMe: true);
        Session other = await _server.Ssa.SignInAsync(signer.Account.Email, signer.Password);

        Assert.That(
            await _server.Ssa.TryRevokeAsync(signer.Token, signer.Session.RefreshToken ?? "", "access_token"), Is.EqualTo("204"));

        Assert.That(await _server.Ssa.TryQueryAsync(signer.Token), Is.EqualTo("401 token_invalid"));
        Assert.That(await _server.Ssa.TryRefreshAsync(signer.Session.RefreshToken ?? ""), Is.EqualTo("401 token_invalid"));
        Assert.That(await _server.Ssa.TryQueryAsync(other.AccessToken), Is.EqualTo("200"));
    }

    [Test]
    public async Task Revoke_TokenOfAnotherSigner_IsNotFoundAndLives()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);
        TestSigner victim = await TestSigner.CreateAsync(_server);

        Assert.That(await _server.Ssa.TryRevokeAsync(signer.Token, victim.Token), Is.EqualTo("404 not_found"));
        Assert.That(await _server.Ssa.TryRevokeAsync(signer.Token, "no token at all"), Is.EqualTo("404 not_found"));
        Assert.That(await _server.Ssa.TryRevokeAsync("no token", victim.Token), Is.EqualTo("401 token_invalid"));
        Assert.That(await _server.Ssa.TryRevokeAsync(signer.Token, signer.Token, "id_token"), Is.EqualTo("400 malformed"));
        Assert.That(await _server.Ssa.TryQueryAsync(victim.Token), Is.EqualTo("200"));
    }
}
