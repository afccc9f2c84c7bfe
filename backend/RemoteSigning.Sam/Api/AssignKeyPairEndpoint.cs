using System.Security.Cryptography;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Cluster;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Api;

/// <summary><c>POST /sam/v1/signers/$body/key_pairs</c> (SAM-21): the key gets its owner, subject and purpose, for good.</summary>
internal sealed class AssignKeyPairEndpoint(HsmThreads threads, KeySealer sealer, KeyFloors floors)
{
    public async Task<Answer> HandleAsync(SamRequest request)
    {
        AssignKeyPairRequest asked = await request.ReadAsync(StrictJson.Sam.AssignKeyPairRequest);
        request.Names(asked.KeyPair, asked.Signer);
        SealedKey.KeyOwner owner = ReadOwner(asked);
        SealedKey key = sealer.Open(asked.KeyPair);
        if (key.Owner is not null)
        {
            throw Refusals.Create(ProblemCodes.KeyAssigned, "the object is of an assigned key");
        }

        SealedKey next = key with { Version = key.Version + 1, Owner = owner };
        KeyPair pair = await threads.RunAsync(() => sealer.Seal(next));
        await floors.AssignAsync(next);
        request.Draft.AddKey(pair.KeyId, pair.Version);
        return Answer.Create(StatusCodes.Status200OK, StrictJson.Sam.KeyPair, proof => pair with { Audit = proof });
    }

    private static SealedKey.KeyOwner ReadOwner(AssignKeyPairRequest asked)
    {
        string purpose = asked.Purpose ?? KeyPurposes.Signature;
        string policy = asked.Policy ?? KeyPolicies.Delegated;
        if (purpose is not (KeyPurposes.Signature or KeyPurposes.Authentication) || policy != KeyPolicies.Delegated)
        {
            throw Refusals.Create(ProblemCodes.Malformed, "the purpose or the policy is not one that this version knows");
        }

        try
        {
            return new SealedKey.KeyOwner(asked.Signer.Id, DistinguishedName.Parse(asked.Subject), purpose, policy);
        }
        catch (CryptographicException e)
        {
            throw Refusals.Create(ProblemCodes.Malformed, $"the subject is not a distinguished name: {e.Message}", e);
        }
    }
}
