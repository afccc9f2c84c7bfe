namespace RemoteSigning.Contracts.Authorization;

/// <summary>A signed-in session; tokens are opaque, 256 bits, base64url.</summary>
public sealed record Session(string AccessToken, string? RefreshToken, int ExpiresIn);
