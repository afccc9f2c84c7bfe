using System.Text.Json.Serialization;

namespace RemoteSigning.Sam.Configuration;

/// <summary>An operator.</summary>
/// <param name="Id">Name in the log.</param>
/// <param name="PublicKey">SPKI, PEM, of the TLS client certificate.</param>
/// <param name="ApprovalKey">SPKI, PEM, on P-256: approves changes of other operators; null for one who approves nothing.</param>
internal sealed record OperationPrivilegedUser(
    [property: JsonRequired] string Id, [property: JsonRequired] string PublicKey, string? ApprovalKey = null);
