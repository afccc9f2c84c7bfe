using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Sam;

/// <summary>
/// <c>POST /sam/v1/signers/$body/key_pairs</c> (SAM-21), answered 200 by a <see cref="KeyPair"/> of version 2.
/// What is fixed here is fixed for good. A SKAD in the header <c>X-SAM-SKAD</c> (SAM-22) says that the signer agreed;
/// policy device demands one.
/// </summary>
/// <param name="KeyPair">An unassigned key pair.</param>
/// <param name="Signer">Its owner from now on.</param>
/// <param name="Subject">The subject of its certificate, RFC 4514.</param>
/// <param name="Purpose">One of <see cref="KeyPurposes"/>; <c>signature</c> when absent.</param>
/// <param name="Policy">One of <see cref="KeyPolicies"/>; <c>delegated</c> when absent.</param>
/// <param name="Devices">Policy device: the devices that approve signatures, 1 to 3; absent otherwise.</param>
public sealed record AssignKeyPairRequest(
    [property: JsonRequired] KeyPair KeyPair,
    [property: JsonRequired] Signer Signer,
    [property: JsonRequired] string Subject,
    string? Purpose = null,
    string? Policy = null,
    IReadOnlyList<DeviceRegistration>? Devices = null);
