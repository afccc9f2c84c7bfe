using System.Text.Json.Serialization;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Contracts.Enrollment;

/// <summary>
/// <c>POST /enrollment/v1/signers/{signer}/credentials</c> on the administration listener: generate, assign, prove
/// possession, certify at the CA, certify in the SAM, register the factors; 201 with a <see cref="CredentialCreated"/>. With terms
/// it stops after the first step and waits for the signer, with policy device for his devices too: 202 with a <see cref="DevicesAwaited"/>.
/// </summary>
/// <param name="Purpose">One of <see cref="KeyPurposes"/>.</param>
/// <param name="Scal">CSC <c>SCAL</c>, <c>1</c> or <c>2</c>.</param>
/// <param name="AuthMode"><c>explicit</c> or <c>oauth2code</c>.</param>
/// <param name="Multisign">Most signatures in one transaction, 1 to 1,000.</param>
/// <param name="OtpChannel">
/// One of <see cref="Authorization.OtpChannels"/> when the one-time codes are sent; null for those of an authenticator app.
/// </param>
/// <param name="Policy">One of <see cref="KeyPolicies"/>.</param>
/// <param name="TermsDigest">SHA-256 of the terms that the signer accepts; base64 in JSON. Policy device needs it; with policy delegated it has the
/// signer agree to the assignment, which a SAM may demand.</param>
/// <param name="MaxDevices">Policy device: how many devices the signer may register, 1 to 3.</param>
public sealed record CredentialRequest(
    [property: JsonRequired] string Label,
    [property: JsonRequired] KeyTemplate KeyTemplate,
    [property: JsonRequired] string Purpose,
    [property: JsonRequired] string Scal,
    [property: JsonRequired] string AuthMode,
    [property: JsonRequired] bool Pin,
    [property: JsonRequired] bool Otp,
    int Multisign = 1000,
    string? OtpChannel = null,
    string Policy = KeyPolicies.Delegated,
    byte[]? TermsDigest = null,
    int MaxDevices = 3);
