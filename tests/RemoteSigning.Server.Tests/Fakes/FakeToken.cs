namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>An access or refresh token of a grant.</summary>
internal sealed class FakeToken(FakeGrant grant, bool isRefresh, DateTimeOffset expiresAt)
{
    public FakeGrant Grant => grant;

    public bool IsRefresh => isRefresh;

    public DateTimeOffset ExpiresAt => expiresAt;

    /// <summary>Whether a refresh token was exchanged.</summary>
    public bool IsUsed { get; set; }
}
