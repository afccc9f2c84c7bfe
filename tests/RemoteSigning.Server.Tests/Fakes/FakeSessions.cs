using System.Buffers.Text;
using System.Security.Cryptography;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>Accounts, and what signing in to them gives.</summary>
internal sealed class FakeSessions(TimeProvider clock)
{
    private const int AccessTokenSeconds = 3600;
    private static readonly TimeSpan RefreshTokenLife = TimeSpan.FromDays(30);

    private readonly Dictionary<string, FakeAccount> _accounts = [];
    private readonly Dictionary<string, FakeToken> _tokens = [];

    public FakeAccount AddAccount(string email, string password)
    {
        string signer = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        return _accounts[email] = new FakeAccount(signer, email, password);
    }

    public bool HasSigner(string signer) => _accounts.Values.Any(a => a.Signer == signer);

    public void Kill(string token) => _tokens.Remove(token);

    public Session SignIn(SessionRequest request)
    {
        FakeAccount? account = _accounts.GetValueOrDefault(request.Login.Trim().ToLowerInvariant());
        FakeRefusal.Unless(account is not null && account.Password == request.Password, Problem.NotSignedIn, ProblemCodes.LoginFailed);
        return AddTokens(new FakeGrant(account!, request.ClientId), request.RememberMe);
    }

    /// <summary>A refresh token that comes again takes its grant with it.</summary>
    public Session Refresh(SessionRefresh request)
    {
        FakeToken? token = _tokens.GetValueOrDefault(request.RefreshToken);
        FakeRefusal.Unless(
            token is { IsRefresh: true, Grant.IsRevoked: false } && token.Grant.ClientId == request.ClientId,
            Problem.NotSignedIn,
            ProblemCodes.TokenInvalid);
        token!.Grant.IsRevoked = token.IsUsed;
        FakeRefusal.Unless(!token.IsUsed, Problem.NotSignedIn, ProblemCodes.TokenInvalid);
        DemandLive(token);
        token.IsUsed = true;
        return AddTokens(token.Grant, withRefresh: true);
    }

    public FakeToken FindAccess(string token)
    {
        FakeToken? found = _tokens.GetValueOrDefault(token);
        FakeRefusal.Unless(found is { IsRefresh: false, Grant.IsRevoked: false }, Problem.NotSignedIn, ProblemCodes.TokenInvalid);
        DemandLive(found!);
        return found!;
    }

    public void Revoke(TokenRevocation request)
    {
        FakeRefusal.Unless(
            request.TokenTypeHint is null or "access_token" or "refresh_token", Problem.InvalidRequest, ProblemCodes.Malformed);
        FakeGrant asking = FindAccess(request.AccessToken).Grant;
        FakeToken? token = _tokens.GetValueOrDefault(request.Token);
        FakeRefusal.Unless(
            token is not null && token.Grant.Account == asking.Account && token.Grant.ClientId == asking.ClientId,
            Problem.InvalidRequest,
            ProblemCodes.NotFound);
        token!.Grant.IsRevoked |= token.IsRefresh;
        if (!token.IsRefresh)
        {
            _tokens.Remove(request.Token);
        }
    }

    public static string NewToken() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    private Session AddTokens(FakeGrant grant, bool withRefresh)
    {
        DateTimeOffset now = clock.GetUtcNow();
        string access = NewToken();
        _tokens[access] = new FakeToken(grant, isRefresh: false, now.AddSeconds(AccessTokenSeconds));
        string? refresh = withRefresh ? NewToken() : null;
        if (refresh is not null)
        {
            _tokens[refresh] = new FakeToken(grant, isRefresh: true, now + RefreshTokenLife);
        }

        return new Session(access, refresh, AccessTokenSeconds);
    }

    private void DemandLive(FakeToken token) =>
        FakeRefusal.Unless(token.ExpiresAt > clock.GetUtcNow(), Problem.NotSignedIn, ProblemCodes.TokenExpired);
}
