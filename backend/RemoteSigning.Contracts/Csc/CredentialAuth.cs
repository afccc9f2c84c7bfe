using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary><c>auth</c> of the v2 <c>credentials/info</c>.</summary>
/// <param name="Mode"><c>explicit</c> or <c>oauth2code</c>.</param>
/// <param name="Expression">How the ids of <paramref name="Objects"/> are combined; all are needed without it.</param>
public sealed record CredentialAuth(
    [property: JsonRequired] string Mode, string? Expression, IReadOnlyList<AuthenticationObject>? Objects);
