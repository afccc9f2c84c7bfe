namespace RemoteSigning.Contracts.Csc;

/// <summary>
/// Our own addition: <c>POST {server}/card/v1/approvals</c> with the members of <c>signatures/signHash</c> and the bearer token, 200:
/// what a device is to approve before <c>signatures/signHash</c> with the same members and a <c>deviceApproval</c>.
/// </summary>
/// <param name="Approval">For <c>deviceApproval.approval</c>.</param>
/// <param name="Content">The string that the device answers; who shows it, computes the challenge.</param>
/// <param name="Devices">WebAuthn credential ids, base64url without padding.</param>
/// <param name="ExpiresIn">Seconds.</param>
public sealed record CardApproval(string Approval, string Content, IReadOnlyList<string> Devices, int ExpiresIn);
