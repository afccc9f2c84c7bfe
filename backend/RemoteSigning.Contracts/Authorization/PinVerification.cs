using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Authorization;

/// <summary>
/// <c>POST /authorization/v1/pin_verifications</c> by an SSA: 204, or 400 with <see cref="ProblemCodes.PinInvalid"/>
/// or <see cref="ProblemCodes.PinLocked"/>. It moves the same failure counter as signing.
/// </summary>
public sealed record PinVerification([property: JsonRequired] string AccessToken, [property: JsonRequired] string Pin);
