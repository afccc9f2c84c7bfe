using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Cluster;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Api;

/// <summary>
/// <c>DELETE /sam/v1/key_pairs/$body</c> (SAM-28), by an operator, or by an SSA for the owner. The object lies with
/// the SSA; what makes it worthless, whatever its version, is the floor list.
/// </summary>
internal sealed class DeleteKeyPairEndpoint(KeySealer sealer, KeyFloors floors)
{
    public async Task<Answer> HandleAsync(SamRequest request)
    {
        DeleteKeyPairRequest asked = await request.ReadAsync(StrictJson.Sam.DeleteKeyPairRequest);
        request.Names(asked.KeyPair, asked.Signer);
        SealedKey key = sealer.Open(asked.KeyPair);
        KeyOwnership.Check(key, asked.Signer);
        await floors.DeleteAsync(key);
        return Answer.Create(StatusCodes.Status200OK, StrictJson.Sam.DeletedKeyPair, proof => new DeletedKeyPair(key.KeyId, proof));
    }
}
