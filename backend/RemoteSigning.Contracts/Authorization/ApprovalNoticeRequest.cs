using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Authorization;

/// <summary>
/// <c>POST /authorization/v1/approval_notices</c> by an SSA, answered 200 by an <see cref="ApprovalNotice"/>: tells the signer by e-mail that an
/// approval waits for one of his devices. 400 <see cref="ProblemCodes.CredentialUnknown"/>; 403 <see cref="ProblemCodes.NotAllowed"/> when no device
/// approves with this credential.
/// </summary>
/// <param name="Label">What the signer knows the credential by.</param>
/// <param name="Description">What the client says it is asked for.</param>
public sealed record ApprovalNoticeRequest(
    [property: JsonRequired] string AccessToken,
    [property: JsonRequired] string CredentialId,
    [property: JsonRequired] int NumSignatures,
    string? Label = null,
    string? Description = null);
