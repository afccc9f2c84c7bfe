namespace RemoteSigning.Agent.Core.Signing;

/// <summary>
/// Whoever answers for the signer: a terminal, a window, or a file with the factors. A token that is cancelled means
/// that nobody waits for the answer any more; the question is then taken back.
/// </summary>
public interface IAgentUi
{
    /// <summary>
    /// False when answers come without a person: then silent calls may be answered, and a refused PIN is not tried again.
    /// </summary>
    bool AsksPerson { get; }

    /// <summary>The PIN for a program that logs in; null = declined.</summary>
    Task<Secret?> AskPinAsync(PinQuestion question, CancellationToken cancellation);

    /// <summary>Consent to one signature, with the factors that it takes; null = declined.</summary>
    Task<SignatureApproval?> ApproveAsync(SignatureQuestion question, CancellationToken cancellation);
}
