using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Activation;

/// <summary>
/// The claims of a SAM SAD: a JWS (ES256) by the authorization server that lives at most
/// <see cref="MaximumLife"/> and is used once. It travels in the header <c>X-SAM-SAD</c>.
/// </summary>
public sealed record SadClaims(
    [property: JsonRequired] string Iss,
    [property: JsonRequired] string Aud,
    [property: JsonRequired] string Epoch,
    [property: JsonRequired] string Jti,
    [property: JsonRequired] long Iat,
    [property: JsonRequired] long Exp,
    [property: JsonRequired] string Acr,
    [property: JsonRequired] IReadOnlyList<string> Amr,
    [property: JsonRequired] string Content)
{
    public const string HeaderName = "X-SAM-SAD";

    /// <summary>The JWS header member <c>typ</c>.</summary>
    public const string JwsType = "sad+jwt";

    /// <summary>Longest compact form that is read.</summary>
    public const int MaximumLength = 4096;

    public static readonly TimeSpan MaximumLife = TimeSpan.FromSeconds(60);
}
