using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>Signatures that a device of the signer is to approve, begun in another place.</summary>
/// <param name="Approval">For <c>deviceApproval.approval</c>, or to refuse it.</param>
/// <param name="Application">Name of the application that asks, as the operator registered it.</param>
/// <param name="Description">As the application gave it: to be cleaned and quoted where it is shown.</param>
/// <param name="Hashes">Base64; with the algorithm all that the content's digest is made of.</param>
/// <param name="SignAlgo">OID that leaves nothing open, with <paramref name="SignAlgoParams"/> (base64 of DER) for RSASSA-PSS.</param>
/// <param name="Content">The string that the device answers; who shows it, computes the challenge.</param>
/// <param name="Devices">WebAuthn credential ids, base64url without padding.</param>
/// <param name="ExpiresIn">Seconds.</param>
public sealed record CardWaitingApproval(
    [property: JsonRequired] string Approval,
    [property: JsonRequired, JsonPropertyName("credentialID")] string CredentialId,
    [property: JsonRequired] string Application,
    string? Description,
    [property: JsonRequired] IReadOnlyList<string> Hashes,
    [property: JsonRequired] string SignAlgo,
    string? SignAlgoParams,
    [property: JsonRequired] string Content,
    [property: JsonRequired] IReadOnlyList<string> Devices,
    int ExpiresIn);
