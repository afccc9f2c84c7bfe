using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>What a CSC SAD stands for: a count, and at SCAL 2 a multiset of hashes.</summary>
internal sealed class FakeTransaction(string signer, CredentialRegistration credential, int count, IReadOnlyList<byte[]>? hashes)
{
    private readonly List<string>? _open = hashes?.Select(Convert.ToHexString).ToList();

    private readonly int _approved = count;
    private int _givenBack;

    public string Id { get; } = Guid.NewGuid().ToString("N");

    public string Signer { get; } = signer;

    public string ClientId { get; init; } = TokenState.DirectClient;

    public CredentialRegistration Credential { get; } = credential;

    public int Left { get; private set; } = count;

    public void Take(IReadOnlyList<byte[]> wanted)
    {
        DemandApproved(wanted);
        if (wanted.Count > Left)
        {
            throw new FakeRefusal(400, Problem.LimitReached, ProblemCodes.CountTooHigh);
        }

        foreach (byte[] hash in wanted)
        {
            _open?.Remove(Convert.ToHexString(hash));
        }

        Left -= wanted.Count;
    }

    public void DemandApproved(IReadOnlyList<byte[]>? wanted)
    {
        List<string>? rest = _open?.ToList();
        if (rest is not null && wanted?.All(h => rest.Remove(Convert.ToHexString(h))) != true)
        {
            throw new FakeRefusal(400, Problem.NotAllowed, ProblemCodes.HashNotAuthorized);
        }
    }

    /// <param name="isConclusive">Otherwise no more comes back, all in all, than the transaction was approved for.</param>
    public void GiveBack(IReadOnlyList<byte[]> taken, bool isConclusive)
    {
        if (!isConclusive && (_givenBack += taken.Count) > _approved)
        {
            throw new FakeRefusal(400, Problem.LimitReached, ProblemCodes.CountTooHigh);
        }

        _open?.AddRange(taken.Select(Convert.ToHexString));
        Left += taken.Count;
    }
}
