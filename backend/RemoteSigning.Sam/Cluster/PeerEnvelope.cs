using System.Text.Json.Serialization;

namespace RemoteSigning.Sam.Cluster;

/// <summary>A <see cref="PeerMessage"/> as the very string that was authenticated, and the hex HMAC of the shared floor key.</summary>
internal sealed record PeerEnvelope([property: JsonRequired] string Content, [property: JsonRequired] string Mac);
