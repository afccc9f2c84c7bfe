namespace RemoteSigning.Contracts.Authorization;

/// <summary>
/// What a device of the signer is to approve. <c>POST /authorization/v1/approvals</c> by an SSA with an
/// <see cref="ActivationRequest"/> for a credential of policy device, answered 201: takes the units, and the content is there
/// before the device answers it. <c>activations</c> with its id then mints a SAM SAD over this content.
/// </summary>
/// <param name="Approval">Its id.</param>
/// <param name="Content">An <see cref="Contracts.Activation.ActivationContent"/>, as the string that the device answers.</param>
/// <param name="ExpiresIn">Seconds.</param>
public sealed record ApprovalContent(string Approval, string Content, int ExpiresIn);
