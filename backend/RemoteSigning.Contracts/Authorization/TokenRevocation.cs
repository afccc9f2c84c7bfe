using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Authorization;

/// <summary>
/// <c>POST /authorization/v1/token_revocations</c> by an SSA, answered 204. A refresh token takes all access
/// tokens of its grant with it. Only tokens of the same signer and application can be revoked; others are
/// <see cref="ProblemCodes.NotFound"/>.
/// </summary>
/// <param name="AccessToken">Who asks.</param>
/// <param name="Token">What dies.</param>
/// <param name="TokenTypeHint"><c>access_token</c> or <c>refresh_token</c>; the other kind is tried too.</param>
public sealed record TokenRevocation(
    [property: JsonRequired] string AccessToken, [property: JsonRequired] string Token, string? TokenTypeHint = null);
