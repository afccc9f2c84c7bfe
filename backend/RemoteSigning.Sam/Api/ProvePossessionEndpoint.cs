using System.Security.Cryptography;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Cluster;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Api;

/// <summary>
/// <c>POST /sam/v1/proofs_of_possession</c> (SAM-23): signs the CertificationRequestInfo of an assigned key that has no
/// certificate yet, without a SAD, because nothing else can be signed this way.
/// </summary>
internal sealed class ProvePossessionEndpoint(SignerKeys keys, KeySealer sealer, KeyFloors floors)
{
    public async Task<Answer> HandleAsync(SamRequest request)
    {
        ProofOfPossessionRequest asked = await request.ReadAsync(StrictJson.Sam.ProofOfPossessionRequest);
        request.Names(asked.KeyPair, null);
        SealedKey key = sealer.Open(asked.KeyPair);
        floors.Check(key);
        if (key.Owner is not { } owner)
        {
            throw Refusals.Create(ProblemCodes.KeyNotAssigned, "the key has no owner");
        }

        request.Draft.AddSigner(owner.Signer);
        if (key.IsCertified)
        {
            throw Refusals.Create(ProblemCodes.Conflict, "the key is certified: only a SAD makes it sign");
        }

        CertificationRequestInfo.Check(asked.Request.Dtbs, key, owner);
        SignatureAlgorithm algorithm = RequestedAlgorithm.Read(
            key.Algorithm, asked.Request.SignatureAlgorithm, asked.Request.SignatureAlgorithmParameters, request.Configuration.Static);
        byte[] digest = CryptographicOperations.HashData(algorithm.Digest.Name, asked.Request.Dtbs);
        request.Draft.Add([new ActivationEntry(algorithm.Oid, null, digest)]);
        IReadOnlyList<byte[]> signatures = await keys.SignAsync(key, [(algorithm, digest)], () => floors.Check(key));
        return Answer.Create(
            StatusCodes.Status200OK, StrictJson.Sam.ProofOfPossession, proof => new ProofOfPossession(signatures[0], proof));
    }
}
