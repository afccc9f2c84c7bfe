using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Authorization;

/// <summary>
/// <c>PUT /authorization/v1/accounts/{signer}/pin</c> by an operator's certificate: sets a new signing PIN
/// and unlocks it; 204.
/// </summary>
public sealed record PinReset([property: JsonRequired] string Pin);
