namespace RemoteSigning.Contracts.Authorization;

/// <summary>An approved transaction; <paramref name="Sad"/> is the opaque CSC <c>SAD</c>, 256 bits, base64url.</summary>
public sealed record Transaction(string Sad, int ExpiresIn);
