using NUnit.Framework;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests.Contract;

/// <summary>Sign-in, tokens and factors.</summary>
public abstract partial class AuthorizationContract
{
    [Test]
    public async Task SignIn_RightPassword_TokenStandsForTheSigner()
    {
        Session session = await Ssa.SignInAsync(_signer.Email.ToUpperInvariant(), _signer.Password, client: "app-1");

        TokenState state = await Ssa.QueryAsync(session.AccessToken);
        Assert.That((state.Signer, state.Email, state.ClientId), Is.EqualTo((_signer.Signer, _signer.Email, "app-1")));
        Assert.That(state.ExpiresAt, Is.EqualTo(_subject.Clock.GetUtcNow().AddSeconds(session.ExpiresIn).ToUnixTimeSeconds()));
        Assert.That(session.RefreshToken, Is.Null);
    }

    [Test]
    public async Task SignIn_WrongPasswordOrAccount_IsRefusedAlike()
    {
        Assert.That(await Ssa.TrySignInAsync(_signer.Email, "a guess"), Is.EqualTo("401 login_failed"));
        Assert.That(await Ssa.TrySignInAsync("nobody@example.com", _signer.Password), Is.EqualTo("401 login_failed"));
    }

    [Test]
    public async Task Query_DeadTokens_AreRefused()
    {
        Session session = await Ssa.SignInAsync(_signer.Email, _signer.Password, rememberMe: true);

        Assert.That(await Ssa.TryQueryAsync("unknown"), Is.EqualTo("401 token_invalid"));
        Assert.That(await Ssa.TryQueryAsync(session.RefreshToken!), Is.EqualTo("401 token_invalid"));
        _subject.Clock.Advance(TimeSpan.FromSeconds(session.ExpiresIn));
        Assert.That(await Ssa.TryQueryAsync(session.AccessToken), Is.EqualTo("401 token_expired"));
        Assert.That(await Ssa.TryVerifyPinAsync(session.AccessToken, ContractSigner.Pin), Is.EqualTo("401 token_expired"));
    }

    [Test]
    public async Task Refresh_Once_GivesNewTokens()
    {
        Session first = await Ssa.SignInAsync(_signer.Email, _signer.Password, rememberMe: true);

        Session second = await Ssa.RefreshAsync(first.RefreshToken!);

        Assert.That((await Ssa.QueryAsync(second.AccessToken)).Signer, Is.EqualTo(_signer.Signer));
        Assert.That(await Ssa.TryQueryAsync(first.AccessToken), Is.EqualTo("200"));
        Assert.That((await Ssa.RefreshAsync(second.RefreshToken!)).RefreshToken, Is.Not.Null);
    }

    [Test]
    public async Task Refresh_Again_EndsTheGrant()
    {
        Session first = await Ssa.SignInAsync(_signer.Email, _signer.Password, rememberMe: true);
        Session second = await Ssa.RefreshAsync(first.RefreshToken!);

        Assert.That(await Ssa.TryRefreshAsync(first.RefreshToken!), Is.EqualTo("401 token_invalid"));

        Assert.That(await Ssa.TryRefreshAsync(second.RefreshToken!), Is.EqualTo("401 token_invalid"));
        Assert.That(await Ssa.TryQueryAsync(second.AccessToken), Is.EqualTo("401 token_invalid"));
        Assert.That(await Ssa.TryQueryAsync(_token), Is.EqualTo("200"), "another grant");
    }

    [Test]
    public async Task Refresh_OtherApplicationUnknownOrLate_IsRefused()
    {
        Session session = await Ssa.SignInAsync(_signer.Email, _signer.Password, rememberMe: true);

        Assert.That(await Ssa.TryRefreshAsync(session.RefreshToken!, "app-1"), Is.EqualTo("401 token_invalid"));
        Assert.That(await Ssa.TryRefreshAsync(session.AccessToken), Is.EqualTo("401 token_invalid"));
        Assert.That(await Ssa.TryRefreshAsync("unknown"), Is.EqualTo("401 token_invalid"));
        _subject.Clock.Advance(TimeSpan.FromDays(30));
        Assert.That(await Ssa.TryRefreshAsync(session.RefreshToken!), Is.EqualTo("401 token_expired"));
    }

    [Test]
    public async Task Revoke_AccessToken_GoesAlone()
    {
        Session session = await Ssa.SignInAsync(_signer.Email, _signer.Password, rememberMe: true);

        Assert.That(await Ssa.TryRevokeAsync(_token, session.AccessToken, "refresh_token"), Is.EqualTo("204"), "a wrong hint is none");

        Assert.That(await Ssa.TryQueryAsync(session.AccessToken), Is.EqualTo("401 token_invalid"));
        Assert.That(await Ssa.TryRevokeAsync(_token, session.AccessToken), Is.EqualTo("404 not_found"));
        Assert.That(await Ssa.TryRefreshAsync(session.RefreshToken!), Is.EqualTo("201"));
        Assert.That(await Ssa.TryRevokeAsync(_token, _token), Is.EqualTo("204"));
        Assert.That(await Ssa.TryRevokeAsync(_token, _token), Is.EqualTo("401 token_invalid"));
    }

    [Test]
    public async Task Revoke_RefreshToken_TakesItsGrant()
    {
        Session session = await Ssa.SignInAsync(_signer.Email, _signer.Password, rememberMe: true);

        Assert.That(await Ssa.TryRevokeAsync(_token, session.RefreshToken!), Is.EqualTo("204"));

        Assert.That(await Ssa.TryQueryAsync(session.AccessToken), Is.EqualTo("401 token_invalid"));
        Assert.That(await Ssa.TryRefreshAsync(session.RefreshToken!), Is.EqualTo("401 token_invalid"));
        Assert.That(await Ssa.TryQueryAsync(_token), Is.EqualTo("200"));
    }

    [Test]
    public async Task Revoke_OfAnother_IsRefused()
    {
        ContractSigner other = await NewSignerAsync();
        string others = (await Ssa.SignInAsync(other.Email, other.Password)).AccessToken;
        string elsewhere = (await Ssa.SignInAsync(_signer.Email, _signer.Password, client: "app-1")).AccessToken;

        Assert.That(await Ssa.TryRevokeAsync(_token, others), Is.EqualTo("404 not_found"));
        Assert.That(await Ssa.TryRevokeAsync(_token, elsewhere), Is.EqualTo("404 not_found"));
        Assert.That(await Ssa.TryRevokeAsync(_token, "unknown"), Is.EqualTo("404 not_found"));
        Assert.That(await Ssa.TryRevokeAsync("unknown", _token), Is.EqualTo("401 token_invalid"));
        Assert.That(await Ssa.TryRevokeAsync(_token, _token, "id_token"), Is.EqualTo("400 malformed"));
        Assert.That(await Ssa.TryQueryAsync(others), Is.EqualTo("200"));
    }

    [Test]
    public async Task VerifyPin_FiveWrongOnesInARow_LockIt()
    {
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < 4; i++)
            {
                Assert.That(await Ssa.TryVerifyPinAsync(_token, ContractSigner.WrongPin), Is.EqualTo("400 pin_invalid"));
            }

            Assert.That(await Ssa.TryVerifyPinAsync(_token, ContractSigner.Pin), Is.EqualTo("204"), "which sets the count back");
        }

        string credential = await AddCredentialAsync();
        for (int i = 0; i < 5; i++)
        {
            Assert.That(
                await Ssa.TryApproveAsync(Ask(credential) with { Pin = ContractSigner.WrongPin }), Is.EqualTo("400 pin_invalid"), "the same counter");
        }

        Assert.That(await Ssa.TryVerifyPinAsync(_token, ContractSigner.Pin), Is.EqualTo("400 pin_locked"));
        Assert.That(await Ssa.TryApproveAsync(Ask(credential)), Is.EqualTo("400 pin_locked"));
    }

    [Test]
    public async Task SendCode_CredentialWithoutSentCodes_IsRefused()
    {
        string app = await AddCredentialAsync(otp: true);

        Assert.That(await Ssa.TrySendCodeAsync(new OneTimeCodeRequest(_token, app)), Is.EqualTo("403 not_allowed"));
        Assert.That(await Ssa.TrySendCodeAsync(new OneTimeCodeRequest(_token, app, 0)), Is.EqualTo("400 malformed"));
        Assert.That(await Ssa.TrySendCodeAsync(new OneTimeCodeRequest(_token, "unknown")), Is.EqualTo("400 credential_unknown"));
        Assert.That(await Ssa.TrySendCodeAsync(new OneTimeCodeRequest("unknown", app)), Is.EqualTo("401 token_invalid"));
    }
}
