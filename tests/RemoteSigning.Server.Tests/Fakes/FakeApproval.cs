using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>A content that a device is to approve, for the units that were taken for it.</summary>
internal sealed class FakeApproval(FakeTransaction transaction, ActivationRequest prepared, string content, DateTimeOffset expiresAt)
{
    private const int MostSads = 5;

    public string Content => content;

    /// <summary>How many SADs were minted over it.</summary>
    public int Minted { get; private set; }

    /// <summary>Its units were given back.</summary>
    public bool IsClosed { get; set; }

    public bool IsFor(FakeTransaction other, ActivationRequest request) => !IsClosed && transaction == other
        && prepared.Node == request.Node && prepared.Epoch == request.Epoch
        && ActivationSet.Digest(prepared.Entries).AsSpan().SequenceEqual(ActivationSet.Digest(request.Entries));

    public void Use(DateTimeOffset now)
    {
        FakeRefusal.Unless(expiresAt > now && Minted < MostSads, Problem.InvalidRequest, ProblemCodes.ContentExpired);
        Minted++;
    }
}
