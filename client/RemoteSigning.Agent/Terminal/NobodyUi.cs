using RemoteSigning.Agent.Core;
using RemoteSigning.Agent.Core.Signing;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Terminal;

/// <summary>No terminal and no secrets file: what would have to be asked is refused, and the log says why.</summary>
internal sealed class NobodyUi : IAgentUi
{
    public bool AsksPerson => true;

    public Task<Secret?> AskPinAsync(PinQuestion question, CancellationToken cancellation) => throw Nobody();

    public Task<SignatureApproval?> ApproveAsync(SignatureQuestion question, CancellationToken cancellation) => throw Nobody();

    private static ProblemException Nobody() => new(
        Problem.ConsentNeeded, ProblemCodes.PinMissing,
        "The signer has to be asked, but the agent has no terminal. Run it in a terminal, or use the card mode \"pin\".");
}
