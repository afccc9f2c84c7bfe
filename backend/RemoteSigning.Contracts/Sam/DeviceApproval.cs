using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Sam;

/// <summary>
/// What a device answered to <c>navigator.credentials.get()</c> (WebAuthn, AuthenticatorAssertionResponse) for the
/// challenge of the SAD's content. All members are base64 in JSON.
/// </summary>
/// <param name="CredentialId">Which of the key's devices it was.</param>
/// <param name="AuthenticatorData">As the authenticator made it.</param>
/// <param name="ClientDataJson">As the client made it.</param>
/// <param name="Signature">Over the authenticator data and the SHA-256 of the client data; ECDSA as DER.</param>
public sealed record DeviceApproval(
    [property: JsonRequired] byte[] CredentialId,
    [property: JsonRequired] byte[] AuthenticatorData,
    [property: JsonRequired] byte[] ClientDataJson,
    [property: JsonRequired] byte[] Signature);
