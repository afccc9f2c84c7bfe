using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Cluster;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Api;

/// <summary><c>PUT /sam/v1/key_pairs/$body</c> (SAM-24): certifies once, then enables and disables.</summary>
internal sealed class ChangeStatusEndpoint(HsmThreads threads, KeySealer sealer, KeyFloors floors, TimeProvider clock)
{
    public async Task<Answer> HandleAsync(SamRequest request)
    {
        ChangeStatusRequest asked = await request.ReadAsync(StrictJson.Sam.ChangeStatusRequest);
        request.Names(asked.KeyPair, asked.Signer);
        SealedKey key = sealer.Open(asked.KeyPair);
        SealedKey.KeyOwner owner = KeyOwnership.Check(key, asked.Signer);
        SealedKey next = key with
        {
            Version = key.Version + 1,
            Certificate = Certify(asked, key, owner),
            IsEnabled = asked.Status.Enabled,
        };
        KeyPair pair = await threads.RunAsync(() => sealer.Seal(next));
        await floors.RaiseAsync(key, next);
        request.Draft.AddKey(pair.KeyId, pair.Version);
        return Answer.Create(StatusCodes.Status200OK, StrictJson.Sam.KeyPair, proof => pair with { Audit = proof });
    }

    private SealedKey.CertifiedBy Certify(ChangeStatusRequest asked, SealedKey key, SealedKey.KeyOwner owner)
    {
        if (!asked.Status.Certified)
        {
            throw key.IsCertified
                ? Refusals.Create(ProblemCodes.Conflict, "a certified key stays certified")
                : Refusals.Create(ProblemCodes.KeyNotCertified, "a key that is not certified has no other status");
        }

        return key.Certificate ?? KeyCertificate.Check(
            asked.Certificate ?? throw Refusals.Create(ProblemCodes.Malformed, "the certificate is missing"), key, owner, clock.GetUtcNow());
    }
}
