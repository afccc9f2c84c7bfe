namespace RemoteSigning.Contracts.Enrollment;

/// <summary>A new application, or an old one with a new key.</summary>
/// <param name="ApiKey">256 bits, base64url; told only here.</param>
public sealed record ApplicationCreated(Application Application, string ApiKey);
