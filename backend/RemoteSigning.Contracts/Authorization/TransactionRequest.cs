using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Authorization;

/// <summary>
/// <c>POST /authorization/v1/transactions</c> by an SSA, answered 201 by a <see cref="Transaction"/>: CSC
/// <c>credentials/authorize</c> after the SSA's own checks.
/// </summary>
/// <param name="Hashes">Digests, base64 in JSON; needed at SCAL 2, where exactly these are approved (a multiset).</param>
/// <param name="HashAlgorithm">OID, when the client named one.</param>
public sealed record TransactionRequest(
    [property: JsonRequired] string AccessToken,
    [property: JsonRequired] string CredentialId,
    [property: JsonRequired] int NumSignatures,
    IReadOnlyList<byte[]>? Hashes = null,
    string? HashAlgorithm = null,
    string? Pin = null,
    string? Otp = null,
    string? Description = null);
