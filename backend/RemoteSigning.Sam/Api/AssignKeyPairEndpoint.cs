using System.Security.Cryptography;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Cluster;
using RemoteSigning.Sam.Devices;
using RemoteSigning.Sam.Keys;
using RemoteSigning.Sam.Sad;

namespace RemoteSigning.Sam.Api;

/// <summary>
/// <c>POST /sam/v1/signers/$body/key_pairs</c> (SAM-21, SAM-22): the key gets its owner, subject, purpose, policy and
/// devices, for good.
/// </summary>
internal sealed class AssignKeyPairEndpoint(
    SkadVerifier skads, EpochKeeper epochs, HsmThreads threads, KeySealer sealer, KeyFloors floors)
{
    public async Task<Answer> HandleAsync(SamRequest request)
    {
        AssignKeyPairRequest asked = await request.ReadAsync(StrictJson.Sam.AssignKeyPairRequest);
        request.Names(asked.KeyPair, asked.Signer);
        SealedKey.KeyOwner owner = ReadOwner(asked);
        request.Draft.Add(owner);
        VerifiedSkad? skad = skads.Identify(request, isDemanded: owner.Policy == KeyPolicies.Device);
        SealedKey key = sealer.Open(asked.KeyPair);
        request.Draft.Add(key.Algorithm);
        if (key.Owner is not null)
        {
            throw Refusals.Create(ProblemCodes.KeyAssigned, "the object is of an assigned key");
        }

        if (skad is not null)
        {
            SkadVerifier.CheckRequest(skad, key, asked, owner);
            owner = owner with { Devices = Enrol(request, skad, asked, owner) };
        }

        SealedKey next = key with { Version = key.Version + 1, Owner = owner };
        KeyPair pair = await threads.RunAsync(() => sealer.Seal(next));
        if (skad is not null)
        {
            epochs.Reserve(skad);
        }

        await floors.AssignAsync(next);
        request.Draft.AddKey(pair.KeyId, pair.Version);
        return Answer.Create(StatusCodes.Status200OK, StrictJson.Sam.KeyPair, proof => pair with { Audit = proof });
    }

    private static IReadOnlyList<Device> Enrol(SamRequest request, VerifiedSkad skad, AssignKeyPairRequest asked, SealedKey.KeyOwner owner)
    {
        if (owner.Policy != KeyPolicies.Device)
        {
            return [];
        }

        IReadOnlyList<Device> devices = SkadVerifier.CheckDevices(skad, asked.Devices ?? []);
        request.Draft.AddDevices(devices);
        return devices;
    }

    private static SealedKey.KeyOwner ReadOwner(AssignKeyPairRequest asked)
    {
        string purpose = asked.Purpose ?? KeyPurposes.Signature;
        string policy = asked.Policy ?? KeyPolicies.Delegated;
        if (purpose is not (KeyPurposes.Signature or KeyPurposes.Authentication) || policy is not (KeyPolicies.Delegated or KeyPolicies.Device))
        {
            throw Refusals.Create(ProblemCodes.Malformed, "the purpose or the policy is not one that this version knows");
        }

        bool hasRightDevices = policy == KeyPolicies.Device
            ? asked.Devices is { Count: > 0 and <= Device.MostPerKey } && asked.Devices.All(d => d is not null)
            : asked.Devices is null;
        if (!hasRightDevices)
        {
            throw Refusals.Create(ProblemCodes.Malformed, "policy device has 1 to 3 devices, policy delegated has none");
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
