using RemoteSigning.Authorization.Options;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Api;

/// <summary>Draws the tokens of a session.</summary>
internal sealed class SessionTokens(AuthorizationOptions options, TimeProvider clock)
{
    /// <summary>Adds an access token and, if wanted, a refresh token of this grant to what will be saved.</summary>
    public Session Add(AuthorizationDatabase database, Guid grant, bool withRefresh)
    {
        DateTimeOffset now = clock.GetUtcNow();
        LimitOptions limits = options.Limits;
        string access = Secrets.New();
        string? refresh = withRefresh ? Secrets.New() : null;
        database.Tokens.Add(Row(access, TokenKind.Access, grant, now.AddSeconds(limits.AccessTokenSeconds)));
        if (refresh is not null)
        {
            database.Tokens.Add(Row(refresh, TokenKind.Refresh, grant, now.AddDays(limits.RefreshTokenDays)));
        }

        return new Session(access, refresh, limits.AccessTokenSeconds);
    }

    private static TokenRow Row(string token, TokenKind kind, Guid grant, DateTimeOffset expiresAt) =>
        new() { Hash = Secrets.Hash(token), Kind = kind, GrantId = grant, ExpiresAt = expiresAt };
}
