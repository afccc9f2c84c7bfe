using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Server.Signing;

/// <summary>What a device of the signer answered, and the content that it answered.</summary>
/// <param name="Place">Where that content is good.</param>
/// <param name="Answer">For the SAM, which alone can check it.</param>
internal sealed record DeviceConsent(ApprovalPlace Place, DeviceApproval Answer);
