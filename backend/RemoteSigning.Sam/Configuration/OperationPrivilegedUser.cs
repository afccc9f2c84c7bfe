using System.Text.Json.Serialization;

namespace RemoteSigning.Sam.Configuration;

/// <summary>An operator: the public key (SPKI, PEM) of the TLS client certificate.</summary>
internal sealed record OperationPrivilegedUser([property: JsonRequired] string Id, [property: JsonRequired] string PublicKey);
