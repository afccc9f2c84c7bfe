using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Sam;

/// <summary>The signer to whom a key pair belongs, by the id that the authorization server uses.</summary>
public sealed record Signer([property: JsonRequired] string Id);
