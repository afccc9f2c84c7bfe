using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Cluster;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Api;

/// <summary><c>POST /sam/v1/key_pairs/$body/reseal</c>: the same key under the newest key-encryption key, as its next version.</summary>
internal sealed class ResealEndpoint(SignerKeys keys, HsmThreads threads, KeySealer sealer, KeyFloors floors, ClusterGeneration generation)
{
    public async Task<Answer> HandleAsync(SamRequest request)
    {
        ResealKeyPairRequest asked = await request.ReadAsync(StrictJson.Sam.ResealKeyPairRequest);
        request.Names(asked.KeyPair, asked.Signer);
        generation.Demand();
        SealedKey key = sealer.Open(asked.KeyPair);
        KeyOwnership.Check(key, asked.Signer);
        SealedKey next = await keys.RewrapAsync(key) with { Version = key.Version + 1 };
        KeyPair pair = await threads.RunAsync(() => sealer.Seal(next));
        await floors.RaiseAsync(key, next);
        request.Draft.AddKey(pair.KeyId, pair.Version);
        return Answer.Create(StatusCodes.Status200OK, StrictJson.Sam.KeyPair, proof => pair with { Audit = proof });
    }
}
