using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Sam;

/// <summary>
/// <c>PUT /sam/v1/key_pairs/$body</c> (SAM-24), answered 200 by the next version of the <see cref="KeyPair"/>.
/// </summary>
/// <param name="KeyPair">The newest version.</param>
/// <param name="Signer">Its owner.</param>
/// <param name="Status">The new status.</param>
/// <param name="Certificate">DER, base64 in JSON; required when the key becomes certified, ignored later.</param>
public sealed record ChangeStatusRequest(
    [property: JsonRequired] KeyPair KeyPair,
    [property: JsonRequired] Signer Signer,
    [property: JsonRequired] KeyPairStatus Status,
    byte[]? Certificate = null);
