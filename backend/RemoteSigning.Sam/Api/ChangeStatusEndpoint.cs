using System.Security.Cryptography;
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
        request.Draft.AddStatus(asked.Status.Enabled);
        SealedKey key = sealer.Open(asked.KeyPair);
        SealedKey.KeyOwner owner = KeyOwnership.Check(key, asked.Signer);
        SealedKey.CertifiedBy certificate = Certify(asked, key, owner, request.Draft);
        SealedKey next = key with { Version = key.Version + 1, Certificate = certificate, IsEnabled = asked.Status.Enabled };
        KeyPair pair = await threads.RunAsync(() => sealer.Seal(next));
        await floors.RaiseAsync(key, next);
        request.Draft.AddKey(pair.KeyId, pair.Version);
        return Answer.Create(StatusCodes.Status200OK, StrictJson.Sam.KeyPair, proof => pair with { Audit = proof });
    }

    private SealedKey.CertifiedBy Certify(ChangeStatusRequest asked, SealedKey key, SealedKey.KeyOwner owner, AuditDraft draft)
    {
        if (!asked.Status.Certified)
        {
            throw key.IsCertified
                ? Refusals.Create(ProblemCodes.Conflict, "a certified key stays certified")
                : Refusals.Create(ProblemCodes.KeyNotCertified, "a key that is not certified has no other status");
        }

        if (key.Certificate is { } sealedOne)
        {
            draft.AddCertificate(sealedOne.Digest);
            return sealedOne;
        }

        byte[] certificate = asked.Certificate ?? throw Refusals.Create(ProblemCodes.Malformed, "the certificate is missing");
        draft.AddCertificate(SHA256.HashData(certificate)); // Of a refused one too.
        return KeyCertificate.Check(certificate, key, owner, clock.GetUtcNow());
    }
}
