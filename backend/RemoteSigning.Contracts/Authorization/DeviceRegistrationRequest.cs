using System.Text.Json.Serialization;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Contracts.Authorization;

/// <summary>
/// <c>POST /authorization/v1/device_registrations</c> by an SSA, answered 201 by a <see cref="DeviceRegistrationOffer"/>: a new,
/// unassigned key waits for the devices of its signer. Once for a credential and for a key.
/// </summary>
/// <param name="PublicKey">SubjectPublicKeyInfo, DER; base64 in JSON.</param>
/// <param name="Subject">The subject of the certificate, RFC 4514, the same text as in the assignment.</param>
/// <param name="Purpose">One of <see cref="Sam.KeyPurposes"/>.</param>
/// <param name="Node">The SAM node that will assign the key.</param>
/// <param name="Epoch">That node's present start.</param>
/// <param name="TermsDigest">SHA-256 of the terms that the signer is to accept; base64 in JSON.</param>
/// <param name="MaxDevices">Policy device: how many devices the signer may register, 1 to 3. Policy delegated: 0.</param>
/// <param name="Policy">One of <see cref="KeyPolicies"/>: a key of policy delegated waits for its signer's word alone.</param>
public sealed record DeviceRegistrationRequest(
    [property: JsonRequired] string CredentialId,
    [property: JsonRequired] string KeyId,
    [property: JsonRequired] byte[] PublicKey,
    [property: JsonRequired] string Signer,
    [property: JsonRequired] string Subject,
    [property: JsonRequired] string Purpose,
    [property: JsonRequired] string Node,
    [property: JsonRequired] string Epoch,
    [property: JsonRequired] byte[] TermsDigest,
    [property: JsonRequired] int MaxDevices,
    string Policy = KeyPolicies.Device);
