using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary><c>PIN</c> of <c>credentials/info</c>; <paramref name="Presence"/> is a string, <c>true</c>, <c>false</c> or <c>optional</c>.</summary>
public sealed record CredentialPin([property: JsonRequired] string Presence, string? Format, string? Label, string? Description);
