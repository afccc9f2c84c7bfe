using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Sam;

/// <summary>
/// <c>DELETE /sam/v1/key_pairs/$body</c> (SAM-28), answered 200 by a <see cref="DeletedKeyPair"/>: no object of this
/// key pair, of whatever version, is accepted any more.
/// </summary>
/// <param name="KeyPair">The newest version.</param>
/// <param name="Signer">Its owner.</param>
public sealed record DeleteKeyPairRequest(
    [property: JsonRequired] KeyPair KeyPair, [property: JsonRequired] Signer Signer);
