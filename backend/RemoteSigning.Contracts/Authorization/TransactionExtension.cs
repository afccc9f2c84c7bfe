using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Authorization;

/// <summary>
/// <c>POST /authorization/v1/transaction_extensions</c> by an SSA, answered 201 by a <see cref="Transaction"/>: CSC
/// <c>credentials/extendTransaction</c>. The SAD is replaced; what was approved stays as it is.
/// </summary>
/// <param name="Sad">The CSC <c>SAD</c> that is given up.</param>
/// <param name="Hashes">Digests, base64 in JSON; needed at SCAL 2, where each has to be approved and unsigned.</param>
/// <param name="HashAlgorithm">OID, when the client named one.</param>
public sealed record TransactionExtension(
    [property: JsonRequired] string AccessToken,
    [property: JsonRequired] string Sad,
    [property: JsonRequired] string CredentialId,
    IReadOnlyList<byte[]>? Hashes = null,
    string? HashAlgorithm = null);
