using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Sam;

/// <summary>Who may talk to the SAM and whose SADs it believes (SAM-17); the file <c>dynamic_config.json</c>.</summary>
public sealed record DynamicConfiguration(
    [property: JsonRequired] int Version,
    [property: JsonRequired] IReadOnlyList<AuthorizationServer> AuthorizationServers,
    [property: JsonRequired] IReadOnlyList<SigningServicePrivilegedUser> SigningServicePrivilegedUsers);
