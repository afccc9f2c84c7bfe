using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Sam;

/// <summary>An SSA: the public key (SPKI, PEM) of its TLS client certificate, and whose SADs it may bring.</summary>
public sealed record SigningServicePrivilegedUser(
    [property: JsonRequired] string Id,
    [property: JsonRequired] string PublicKey,
    [property: JsonRequired] IReadOnlyList<string> AllowedAuthorizationServers);
