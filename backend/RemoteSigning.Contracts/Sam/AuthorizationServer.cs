using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Sam;

/// <summary>An authorization server: the <c>iss</c> of its SADs and the public key (SPKI, PEM) that verifies them.</summary>
public sealed record AuthorizationServer([property: JsonRequired] string Id, [property: JsonRequired] string PublicKey);
