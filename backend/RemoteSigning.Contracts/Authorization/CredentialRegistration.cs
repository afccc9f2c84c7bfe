using System.Text.Json.Serialization;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Contracts.Authorization;

/// <summary>
/// <c>POST /authorization/v1/credentials</c> by an SSA: tells the authorization server once and for good which
/// factors a credential demands; 201, or 409 when the credential or its key is known already. The SSA can
/// never lower this afterwards.
/// </summary>
/// <param name="Scal">CSC <c>SCAL</c>, <c>1</c> or <c>2</c>.</param>
/// <param name="AuthMode"><c>explicit</c> (demands at least one factor) or <c>oauth2code</c>.</param>
/// <param name="Multisign">Most signatures in one transaction.</param>
/// <param name="OtpChannel">
/// One of <see cref="OtpChannels"/> when the one-time codes are sent; null for those of an authenticator app.
/// </param>
/// <param name="Policy">One of <see cref="Sam.KeyPolicies"/>; device exactly if a SKAD was minted for this credential and key.</param>
public sealed record CredentialRegistration(
    [property: JsonRequired] string CredentialId,
    [property: JsonRequired] string KeyId,
    [property: JsonRequired] string Signer,
    [property: JsonRequired] string Scal,
    [property: JsonRequired] string AuthMode,
    [property: JsonRequired] bool Pin,
    [property: JsonRequired] bool Otp,
    [property: JsonRequired] int Multisign,
    string? OtpChannel = null,
    string Policy = KeyPolicies.Delegated);
