using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>What a CSC SAD stands for: a count, and at SCAL 2 a multiset of hashes.</summary>
internal sealed class FakeTransaction(string clientId, CredentialRegistration credential, TransactionRequest request, DateTimeOffset now)
{
    public const int SadSeconds = 300;
    private const int TransactionSeconds = 3600;

    private readonly string? _algorithm = credential.Scal == "2" ? request.HashAlgorithm : null;
    private readonly List<string>? _open = credential.Scal == "2" ? [.. request.Hashes!.Select(Convert.ToHexString)] : null;
    private int _givenBack;

    public string Id { get; } = Guid.NewGuid().ToString("N");

    public string Signer => credential.Signer;

    public string ClientId => clientId;

    public string CredentialId => credential.CredentialId;

    public string Description => request.Description ?? "";

    public int Left { get; private set; } = request.NumSignatures;

    public DateTimeOffset ExpiresAt { get; private set; } = now.AddSeconds(SadSeconds);

    public void Take(IReadOnlyList<ActivationEntry> wanted)
    {
        if (_algorithm is not null && wanted.Any(e => FakeEntries.DigestOf(e).Oid != _algorithm))
        {
            throw new FakeRefusal(Problem.InvalidRequest, ProblemCodes.HashNotAuthorized);
        }

        DemandOpen(wanted.Select(e => e.Digest));
        FakeRefusal.Unless(wanted.Count <= Left, Problem.LimitReached, ProblemCodes.CountTooHigh);
        foreach (ActivationEntry entry in wanted)
        {
            _open?.Remove(Convert.ToHexString(entry.Digest));
        }

        Left -= wanted.Count;
    }

    /// <summary>At SCAL 2 the hashes have to be among those that are left.</summary>
    public void Extend(TransactionExtension extension, DateTimeOffset at)
    {
        if (_open is not null)
        {
            FakeRefusal.Unless(extension.Hashes is { Count: > 0 }, Problem.InvalidRequest, ProblemCodes.HashMissing);
            FakeEntries.Demand(extension.Hashes!, extension.HashAlgorithm);
            bool isOtherAlgorithm = extension.HashAlgorithm is { } named && _algorithm is { } bound && named != bound;
            FakeRefusal.Unless(!isOtherAlgorithm, Problem.InvalidRequest, ProblemCodes.HashNotAuthorized);
            DemandOpen(extension.Hashes!);
        }

        DateTimeOffset latest = now.AddSeconds(TransactionSeconds);
        DateTimeOffset wanted = at.AddSeconds(SadSeconds);
        ExpiresAt = wanted < latest ? wanted : latest;
    }

    /// <param name="isConclusive">Otherwise no more comes back, all in all, than the transaction was approved for.</param>
    public void GiveBack(IReadOnlyList<ActivationEntry> taken, bool isConclusive)
    {
        int unproven = isConclusive ? 0 : taken.Count;
        FakeRefusal.Unless(_givenBack + unproven <= request.NumSignatures, Problem.LimitReached, ProblemCodes.CountTooHigh);
        _givenBack += unproven;
        _open?.AddRange(taken.Select(e => Convert.ToHexString(e.Digest)));
        Left += taken.Count;
    }

    private void DemandOpen(IEnumerable<byte[]> wanted)
    {
        List<string>? rest = _open?.ToList();
        FakeRefusal.Unless(
            rest is null || wanted.All(h => rest.Remove(Convert.ToHexString(h))), Problem.InvalidRequest, ProblemCodes.HashNotAuthorized);
    }
}
