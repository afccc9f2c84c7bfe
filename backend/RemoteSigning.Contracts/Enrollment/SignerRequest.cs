using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Enrollment;

/// <summary>
/// <c>POST /enrollment/v1/signers</c> on the server's administration listener, by an operator's certificate:
/// makes an account's holder known to the signing server; 201 without body.
/// </summary>
/// <param name="Signer">The id that the authorization server gave.</param>
public sealed record SignerRequest(
    [property: JsonRequired] string Signer,
    [property: JsonRequired] string Email,
    [property: JsonRequired] string GivenName,
    [property: JsonRequired] string FamilyName);
