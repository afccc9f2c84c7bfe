namespace RemoteSigning.Server.Applications;

/// <summary>Marks a request whose caller was taken from <see cref="KnownTokens"/>: that its token lives is not known yet.</summary>
internal sealed record RecalledCaller(string AccessToken);
