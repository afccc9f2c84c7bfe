using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Activation;

/// <summary>
/// The claims of a SKAD (signing key assignment data, SAM-22): a JWS (ES256) by the authorization server that lives at
/// most <see cref="SadClaims.MaximumLife"/> and is used once. It travels in the header <c>X-SAM-SKAD</c>.
/// </summary>
/// <param name="Iss">The authorization server.</param>
/// <param name="Aud">The SAM node.</param>
/// <param name="Epoch">That node's present start.</param>
/// <param name="Jti">Unique for the issuer.</param>
/// <param name="Iat">Unix seconds.</param>
/// <param name="Exp">Unix seconds.</param>
/// <param name="Content">An <see cref="AssignmentContent"/>, as the string that was agreed to.</param>
/// <param name="Devices"><see cref="Sam.DeviceRegistration.Digest"/> of each device in the order of the request, base64url without padding.</param>
public sealed record SkadClaims(
    [property: JsonRequired] string Iss,
    [property: JsonRequired] string Aud,
    [property: JsonRequired] string Epoch,
    [property: JsonRequired] string Jti,
    [property: JsonRequired] long Iat,
    [property: JsonRequired] long Exp,
    [property: JsonRequired] string Content,
    [property: JsonRequired] IReadOnlyList<string> Devices)
{
    public const string HeaderName = "X-SAM-SKAD";

    /// <summary>The JWS header member <c>typ</c>.</summary>
    public const string JwsType = "skad+jwt";

    /// <summary>Longest compact form that is read.</summary>
    public const int MaximumLength = 8192;
}
