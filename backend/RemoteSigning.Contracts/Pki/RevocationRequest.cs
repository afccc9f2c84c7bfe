using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Pki;

/// <summary>
/// <c>POST /pki/v1/revocations</c> by a registration authority's certificate, answered 204; 404 for a serial
/// number that was never issued, 409 when it is revoked already.
/// </summary>
/// <param name="SerialNumber">Upper-case hex, as <c>X509Certificate2.SerialNumber</c>.</param>
/// <param name="Reason">CRLReason (RFC 5280, 5.3.1): 0, 1, 3, 4, 5, 9.</param>
public sealed record RevocationRequest([property: JsonRequired] string SerialNumber, int Reason = 0);
