using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary><c>cert</c> of <c>credentials/info</c>; certificates are base64 DER, end entity first.</summary>
public sealed record CredentialCertificate(
    string? Status,
    IReadOnlyList<string>? Certificates,
    [property: JsonPropertyName("issuerDN")] string? IssuerDn,
    string? SerialNumber,
    [property: JsonPropertyName("subjectDN")] string? SubjectDn,
    string? ValidFrom,
    string? ValidTo);
