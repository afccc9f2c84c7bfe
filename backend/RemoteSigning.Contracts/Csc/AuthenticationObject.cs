using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>Something that a v2 client asks the signer for, and sends as an element of <c>authData</c>.</summary>
/// <param name="Type"><c>Password</c>, <c>PasswordOOB</c>, <c>ChallengeResponse</c> or <c>ChallengeResponseOOB</c>.</param>
/// <param name="Format"><c>A</c> (any characters) or <c>N</c> (digits).</param>
public sealed record AuthenticationObject(
    [property: JsonRequired] string Type,
    [property: JsonRequired] string Id,
    string? Format,
    string? Generator,
    string? Label,
    string? Description);
