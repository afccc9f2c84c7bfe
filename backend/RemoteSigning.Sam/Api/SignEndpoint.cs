using System.Diagnostics;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Hosting;
using RemoteSigning.Sam.Cluster;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Keys;
using RemoteSigning.Sam.Sad;

namespace RemoteSigning.Sam.Api;

/// <summary>
/// <c>POST /sam/v1/signatures</c> (SAM-25): the checks in their order, then the SAD is used up, then the HSM signs.
/// </summary>
internal sealed class SignEndpoint(
    SadVerifier verifier, EpochKeeper epochs, KeySealer sealer, KeyFloors floors, SignerKeys keys, TimeProvider clock)
{
    private const int MostRequests = 1000;
    private const int LongestOid = 64;
    private const int LongestParameters = 256;
    private const int LongestDigest = 64;

    public async Task<Answer> HandleAsync(SamRequest request)
    {
        SignaturesRequest asked = await request.ReadAsync(StrictJson.Sam.SignaturesRequest);
        request.Names(asked.KeyPair, asked.Signer);
        IReadOnlyList<ActivationEntry> entries = ReadEntries(asked);
        request.Draft.Add(entries);
        string compact = request.Header(SadClaims.HeaderName)
            ?? throw Refusals.Create(ProblemCodes.SadMissing, "there is no single X-SAM-SAD header");

        VerifiedSad sad = SadVerifier.Identify(compact, request);
        IReadOnlyList<byte[]> signatures = await SignOrSpendAsync(asked, entries, sad, request);
        return Answer.Create(StatusCodes.Status200OK, StrictJson.Sam.Signatures, proof => new Signatures(signatures, proof));
    }

    /// <summary>Whatever comes of it, the SAD is used up: by the signature, or by the refusal that the log proves.</summary>
    private async Task<IReadOnlyList<byte[]>> SignOrSpendAsync(
        SignaturesRequest asked, IReadOnlyList<ActivationEntry> entries, VerifiedSad sad, SamRequest request)
    {
        bool reserved = false;
        try
        {
            (SealedKey key, DeviceApproved? approved, IReadOnlyList<(SignatureAlgorithm, byte[])> digests) = Check(asked, entries, sad, request);
            IReadOnlyList<byte[]> signatures = await keys.SignAsync(key, digests, () =>
            {
                floors.Check(key);
                epochs.Reserve(sad, approved);
                reserved = true;
            });
            floors.Check(key); // Disabled or deleted while the HSM worked: the signatures are dropped, the SAD stays used.
            return signatures;
        }
        catch (Exception refusal) when (!reserved)
        {
            epochs.Spend(sad, refusal is ProblemException known ? known.Code : ProblemCodes.Internal);
            throw;
        }
    }

    private (SealedKey Key, DeviceApproved? Approved, IReadOnlyList<(SignatureAlgorithm, byte[])> Digests) Check(
        SignaturesRequest asked, IReadOnlyList<ActivationEntry> entries, VerifiedSad sad, SamRequest request)
    {
        using Activity? span = Tracing.Source.StartActivity("sad.check");
        verifier.CheckLifeAndAssurance(sad, request.Configuration.Registry);
        (SealedKey key, DeviceApproved? approved) = OpenKey(asked, sad, request.Draft);
        IReadOnlyList<(SignatureAlgorithm, byte[])> digests = CheckDigests(entries, key, request.Configuration.Static);
        SadVerifier.CheckSet(sad, entries);
        return (key, approved, digests);
    }

    private static List<ActivationEntry> ReadEntries(SignaturesRequest asked)
    {
        if (asked.Requests.Count is 0 or > MostRequests || asked.Requests.Any(r => r is null))
        {
            throw Refusals.Create(ProblemCodes.Malformed, "a request has 1 to 1000 things to sign");
        }

        List<ActivationEntry> entries =
        [
            .. asked.Requests.Select(r => new ActivationEntry(
                r.SignatureAlgorithm ?? asked.SignatureAlgorithm
                    ?? throw Refusals.Create(ProblemCodes.AlgorithmUnsupported, "no signature algorithm is given"),
                r.SignatureAlgorithm is null ? r.SignatureAlgorithmParameters ?? asked.SignatureAlgorithmParameters : r.SignatureAlgorithmParameters,
                r.Dtbs)),
        ];
        entries.ForEach(CheckLengths);
        return entries;
    }

    /// <summary>Before anything of it is recorded: one algorithm may stand for 1,000 things, so its length counts 1,000 times.</summary>
    private static void CheckLengths(ActivationEntry entry)
    {
        if (entry.SignatureAlgorithm.Length > LongestOid || entry.Parameters?.Length > LongestParameters)
        {
            throw Refusals.Create(ProblemCodes.Malformed, "a signature algorithm or its parameters have an impossible length");
        }

        if (entry.Digest.Length > LongestDigest)
        {
            throw Refusals.Create(ProblemCodes.DigestLength, $"no digest has {entry.Digest.Length} bytes");
        }
    }

    private (SealedKey Key, DeviceApproved? Approved) OpenKey(SignaturesRequest asked, VerifiedSad sad, AuditDraft draft)
    {
        SealedKey key = sealer.Open(asked.KeyPair);
        floors.Check(key);
        SealedKey.KeyOwner owner = KeyOwnership.Check(key, asked.Signer);
        SadVerifier.CheckSignerAndKey(sad, asked.Signer, key);
        if (asked.Purpose is { } purpose && purpose != owner.Purpose)
        {
            throw Refusals.Create(ProblemCodes.WrongPurpose, $"the key is for {owner.Purpose}");
        }

        DeviceApproved? approved = verifier.CheckDevice(sad, owner, asked.Approval, draft);
        if (key.Certificate is not { } certificate)
        {
            throw Refusals.Create(ProblemCodes.KeyNotCertified, "the key has no certificate");
        }

        if (!key.IsEnabled)
        {
            throw Refusals.Create(ProblemCodes.KeyDisabled, "the key is disabled");
        }

        return clock.GetUtcNow().ToUnixTimeSeconds() <= certificate.NotAfter
            ? (key, approved)
            : throw Refusals.Create(ProblemCodes.KeyExpired, "the certificate has ended");
    }

    private static List<(SignatureAlgorithm, byte[])> CheckDigests(
        IReadOnlyList<ActivationEntry> entries, SealedKey key, StaticConfiguration policy)
    {
        List<(SignatureAlgorithm, byte[])> digests = [];
        foreach (ActivationEntry entry in entries)
        {
            SignatureAlgorithm algorithm = RequestedAlgorithm.Read(
                key.Algorithm, entry.SignatureAlgorithm, entry.Parameters, policy);
            if (entry.Digest.Length != algorithm.Digest.Length)
            {
                throw Refusals.Create(
                    ProblemCodes.DigestLength, $"{entry.Digest.Length} bytes are no {algorithm.Digest.Name} digest");
            }

            digests.Add((algorithm, entry.Digest));
        }

        return digests;
    }
}
