using System.Text.Json.Serialization;
using RemoteSigning.Contracts.Activation;

namespace RemoteSigning.Contracts.Authorization;

/// <summary>
/// <c>POST /authorization/v1/activations</c> by an SSA, answered 201 by an <see cref="Activation"/>: takes units
/// from the transaction and mints the SAM SAD for exactly these entries, one node and one epoch.
/// </summary>
/// <param name="Sad">The CSC <c>SAD</c>.</param>
/// <param name="Approval">For a credential of policy device: the <see cref="ApprovalContent"/> that its device answered.</param>
public sealed record ActivationRequest(
    [property: JsonRequired] string AccessToken,
    [property: JsonRequired] string Sad,
    [property: JsonRequired] string CredentialId,
    [property: JsonRequired] string Node,
    [property: JsonRequired] string Epoch,
    [property: JsonRequired] IReadOnlyList<ActivationEntry> Entries,
    string? Approval = null);
