using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Sam;

/// <summary>
/// <c>POST /sam/v1/proofs_of_possession</c> (SAM-23), answered 200 by a <see cref="ProofOfPossession"/>.
/// Here <see cref="SignatureRequest.Dtbs"/> is a whole DER CertificationRequestInfo (RFC 2986).
/// </summary>
public sealed record ProofOfPossessionRequest(
    [property: JsonRequired] KeyPair KeyPair, [property: JsonRequired] SignatureRequest Request);
