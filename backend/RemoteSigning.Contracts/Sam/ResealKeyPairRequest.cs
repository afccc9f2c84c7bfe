using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Sam;

/// <summary>
/// <c>POST /sam/v1/key_pairs/$body/reseal</c>: moves an assigned key under the newest key-encryption key. Answered 200 by the
/// next version of the <see cref="KeyPair"/>; repeating it after a lost answer gives the same version again.
/// </summary>
public sealed record ResealKeyPairRequest([property: JsonRequired] KeyPair KeyPair, [property: JsonRequired] Signer Signer);
