using System.Text.Json;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests;

/// <summary>What an application has of a signer is nothing to another application of the same signer.</summary>
[TestFixture]
public sealed class ApplicationTests
{
    private const string One = "application-1";
    private const string Other = "application-2";

    private TestServer _server = null!; // Set before the first test; the next three before each.
    private TestSigner _signer = null!;
    private Session _one = null!;
    private Session _other = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await TestServer.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [SetUp]
    public async Task SignInAsync()
    {
        _signer = await TestSigner.CreateAsync(_server);
        _one = await SignInAsync(One);
        _other = await SignInAsync(Other);
    }

    [Test]
    public async Task SignIn_ThroughAnApplication_TokenNamesIt()
    {
        Assert.That((await _server.Ssa.QueryAsync(_one.AccessToken)).ClientId, Is.EqualTo(One));
        Assert.That((await _server.Ssa.QueryAsync(_signer.Token)).ClientId, Is.EqualTo(TokenState.DirectClient));
    }

    [TestCase("")]
    [TestCase("two words")]
    [TestCase("nul\0")]
    public async Task SignIn_NoClientId_IsMalformed(string client) =>
        Assert.That(await _server.Ssa.TrySignInAsync(_signer.Account.Email, _signer.Password, client), Is.EqualTo("400 malformed"));

    [Test]
    public async Task Refresh_ThroughAnotherApplication_IsUnknownAndStaysGood()
    {
        string token = _one.RefreshToken!; // It was asked for.

        Assert.That(await _server.Ssa.TryRefreshAsync(token, Other), Is.EqualTo("401 token_invalid"));
        Assert.That(await _server.Ssa.TryRefreshAsync(token), Is.EqualTo("401 token_invalid"));
        Assert.That(await _server.Ssa.TryRefreshAsync(token, One), Is.EqualTo("201"));
    }

    [Test]
    public async Task Revoke_TokenOfAnotherApplication_IsNotFoundAndLives()
    {
        foreach (string token in (string[])[_one.AccessToken, _one.RefreshToken!])
        {
            Assert.That(await _server.Ssa.TryRevokeAsync(_other.AccessToken, token), Is.EqualTo("404 not_found"));
        }

        Assert.That(await _server.Ssa.TryQueryAsync(_one.AccessToken), Is.EqualTo("200"));
        Assert.That(await _server.Ssa.TryRefreshAsync(_one.RefreshToken!, One), Is.EqualTo("201"));
    }

    [Test]
    public async Task Activate_TransactionOfAnotherApplication_IsNoneAndStaysWhole()
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(
            _server, _signer, change: r => r with { AccessToken = _one.AccessToken });

        Assert.That(await approved.TryAsync(r => r with { AccessToken = _other.AccessToken }), Is.EqualTo("400 sad_invalid"));
        Assert.That(await approved.TryAsync(r => r with { AccessToken = _signer.Token }), Is.EqualTo("400 sad_invalid"));
        Assert.That(await approved.TryAsync(r => r with { AccessToken = _other.AccessToken, Sad = "none" }), Is.EqualTo("400 sad_invalid"));
        Assert.That(await approved.TryAsync(r => r with { AccessToken = _one.AccessToken }), Is.EqualTo("201"));
    }

    [Test]
    public async Task Activate_ThroughAnApplication_TheSadNamesIt()
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(
            _server, _signer, change: r => r with { AccessToken = _one.AccessToken });

        Activation activation = await _server.Ssa.ActivateAsync(approved.Request() with { AccessToken = _one.AccessToken });

        Assert.That(CompactJws.TryRead(activation.SamSad, SadClaims.JwsType, out CompactJws? jws), Is.True);
        SadClaims claims = JsonSerializer.Deserialize(jws!.Payload, ActivationJson.Default.SadClaims)!;
        ActivationContent content = JsonSerializer.Deserialize(claims.Content, ActivationJson.Default.ActivationContent)!;
        Assert.That(content.ClientId, Is.EqualTo(One));
    }

    private Task<Session> SignInAsync(string client) =>
        _server.Ssa.SignInAsync(_signer.Account.Email, _signer.Password, rememberMe: true, client);
}
