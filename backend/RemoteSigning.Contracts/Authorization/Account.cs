namespace RemoteSigning.Contracts.Authorization;

/// <summary>A new account.</summary>
/// <param name="Signer">The signer's id, used everywhere.</param>
/// <param name="TotpSecret">RFC 6238 secret in base32, told only here.</param>
public sealed record Account(string Signer, string Email, string GivenName, string FamilyName, string? TotpSecret = null);
