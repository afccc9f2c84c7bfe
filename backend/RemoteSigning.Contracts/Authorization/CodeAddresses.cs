namespace RemoteSigning.Contracts.Authorization;

/// <summary>
/// <c>PUT /authorization/v1/accounts/{signer}/code_addresses</c> by an operator's certificate: where the signer's one-time codes go from the
/// next one on; 204. The login stays. What is null stays as it is.
/// </summary>
/// <param name="Email">For codes by e-mail; ASCII, no quoted forms.</param>
/// <param name="PhoneNumber">E.164, as in <c>+4915112345678</c>; for codes by SMS.</param>
public sealed record CodeAddresses(string? Email = null, string? PhoneNumber = null);
