namespace RemoteSigning.Sandbox;

/// <summary>PEM files of a TLS identity, and its SubjectPublicKeyInfo for registration.</summary>
public sealed record TlsIdentity(string Certificate, string Key, byte[] PublicKeyInfo);
