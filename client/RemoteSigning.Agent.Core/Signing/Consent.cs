using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Core.Signing;

/// <summary>Asks the signer: one question at a time, and none for longer than the consent deadline.</summary>
internal sealed class Consent(IAgentUi ui, TimeProvider clock) : IDisposable
{
    /// <summary>Told to shims in HELLO; they wait 30 seconds longer. Waiting for one's turn counts.</summary>
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    private readonly SemaphoreSlim _turn = new(1, 1);

    public bool MayAskAgain => ui.AsksPerson;

    public Task<Secret> AskPinAsync(PinQuestion question, CancellationToken cancellation) =>
        AskAsync(token => ui.AskPinAsync(question, token), "The login", cancellation);

    /// <param name="silent">The caller wants no person to be asked.</param>
    /// <param name="prepare">What has to happen when it is the question's turn, before it is put.</param>
    public Task<SignatureApproval> ApproveAsync(
        SignatureQuestion question, bool silent, Func<CancellationToken, Task> prepare, CancellationToken cancellation) =>
        silent && ui.AsksPerson
            ? throw new ProblemException(
                Problem.ConsentNeeded, ProblemCodes.PinMissing, "The program asked for a signature without a dialog, but the signer has to be asked.")
            : AskAsync(
                async token =>
                {
                    await prepare(token);
                    return await ui.ApproveAsync(question, token);
                },
                "The signature",
                cancellation);

    public void Dispose() => _turn.Dispose();

    private async Task<T> AskAsync<T>(Func<CancellationToken, Task<T?>> ask, string what, CancellationToken cancellation)
        where T : class
    {
        using var deadline = new CancellationTokenSource(Deadline, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            await _turn.WaitAsync(either.Token);
            try
            {
                either.Token.ThrowIfCancellationRequested();
                return await ask(either.Token)
                    ?? throw new ProblemException(Problem.Declined, ProblemCodes.RoleForbidden, $"{what} was declined by the signer.");
            }
            finally
            {
                _turn.Release();
            }
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new ProblemException(
                Problem.Unavailable, ProblemCodes.ServiceUnavailable, $"{what} was given up: nobody answered within {Deadline.TotalSeconds:0} seconds.", e);
        }
    }
}
