namespace RemoteSigning.Hosting;

/// <summary>A caller that is known by the public key (SubjectPublicKeyInfo) of its TLS certificate.</summary>
internal sealed record RegisteredClient(string Id, string Role, byte[] PublicKeyInfo);
