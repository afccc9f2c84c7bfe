using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Sam;

/// <summary>
/// <c>POST /sam/v1/signatures</c> (SAM-25) with the SAD in the header <c>X-SAM-SAD</c> (SAM-26), answered 200
/// by <see cref="Signatures"/> in the order of the requests. 1 to 1,000 requests.
/// </summary>
/// <param name="Approval">The device's answer for the SAD's content; for keys of policy device, and no others.</param>
public sealed record SignaturesRequest(
    [property: JsonRequired] IReadOnlyList<SignatureRequest> Requests,
    [property: JsonRequired] KeyPair KeyPair,
    [property: JsonRequired] Signer Signer,
    string? SignatureAlgorithm = null,
    byte[]? SignatureAlgorithmParameters = null,
    string? Purpose = null,
    DeviceApproval? Approval = null);
