using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>
/// Our own addition: <c>POST {server}/card/v1/waiting_approvals</c> with the bearer token, 200: what waits for the signer, the oldest first.
/// </summary>
public sealed record CardWaitingApprovals([property: JsonRequired] IReadOnlyList<CardWaitingApproval> Approvals);
