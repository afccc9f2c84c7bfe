using RemoteSigning.Contracts.Activation;

namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>A SAM SAD that was minted.</summary>
/// <param name="Approval">What a device approved for it; null without devices.</param>
internal sealed record FakeActivation(string Node, FakeTransaction Transaction, IReadOnlyList<ActivationEntry> Entries, FakeApproval? Approval)
{
    public bool IsReported { get; set; }
}
