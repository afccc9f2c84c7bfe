using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Authorization;

/// <summary>
/// <c>POST /authorization/v1/one_time_codes</c> by an SSA, answered 201 by a <see cref="OneTimeCode"/>: sends the signer a
/// fresh code for this credential. 400 <see cref="ProblemCodes.OtpLocked"/>; 403 <see cref="ProblemCodes.NotAllowed"/> when the
/// credential's codes are not sent; 429 <see cref="ProblemCodes.OtpTooSoon"/> or <see cref="ProblemCodes.OtpTooOften"/>, with
/// <c>Retry-After</c> in seconds; 503 <see cref="ProblemCodes.OtpNotSent"/> when the message could not be handed over.
/// </summary>
/// <param name="NumSignatures">How many signatures it is asked for, when that is known.</param>
/// <param name="Label">What the signer knows the credential by.</param>
/// <param name="Description">What the client says it is asked for.</param>
/// <param name="Lang">RFC 5646; the configured default when there are no texts in it.</param>
public sealed record OneTimeCodeRequest(
    [property: JsonRequired] string AccessToken,
    [property: JsonRequired] string CredentialId,
    int? NumSignatures = null,
    string? Label = null,
    string? Description = null,
    string? Lang = null);
