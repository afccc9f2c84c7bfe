using RemoteSigning.Agent.Core;
using RemoteSigning.Agent.Core.Signing;

namespace RemoteSigning.Agent.Terminal;

/// <summary>Asks on the terminal in which the agent runs.</summary>
internal sealed class TerminalUi : IAgentUi
{
    public bool AsksPerson => true;

    public Task<Secret?> AskPinAsync(PinQuestion question, CancellationToken cancellation) => AskAsync(
        () =>
        {
            Complain(question.Complaint);
            Console.Error.WriteLine($"\n{question.Program} logs in to the card.");
            return TerminalInput.Own.ReadHiddenAsync("  PIN (Escape declines): ", cancellation);
        },
        cancellation);

    public Task<SignatureApproval?> ApproveAsync(SignatureQuestion question, CancellationToken cancellation) => AskAsync(
        async () =>
        {
            Complain(question.Complaint);
            Console.Error.WriteLine($"\n{question.Program} wants {(question.IsSignature ? "a signature" : "to prove who you are")} with");
            Console.Error.WriteLine($"  {question.Label}");
            Console.Error.WriteLine($"  {question.Hash} {question.Digest}");
            if (question.Use is not null)
            {
                Console.Error.WriteLine($"  The program says: {question.Use}");
            }

            if (question.SentCode is not null)
            {
                Console.Error.WriteLine($"  {question.SentCode}");
            }

            if (!question.NeedsPin && !question.NeedsOtp)
            {
                return await TerminalInput.Own.ConfirmAsync("  Agree? [y/N] ", cancellation) ? new SignatureApproval(null, null) : null;
            }

            Secret? pin = question.NeedsPin ? await TerminalInput.Own.ReadHiddenAsync("  PIN (Escape declines): ", cancellation) : null;
            if (question.NeedsPin && pin is null)
            {
                return null;
            }

            Secret? otp = question.NeedsOtp ? await TerminalInput.Own.ReadHiddenAsync("  One-time code (Escape declines): ", cancellation) : null;
            if (question.NeedsOtp && otp is null)
            {
                pin?.Dispose();
                return null;
            }

            return new SignatureApproval(pin, otp);
        },
        cancellation);

    private static void Complain(string? complaint)
    {
        if (complaint is not null)
        {
            Console.Error.WriteLine($"  {complaint}");
        }
    }

    private static async Task<T?> AskAsync<T>(Func<Task<T?>> ask, CancellationToken cancellation)
        where T : class
    {
        try
        {
            return await ask();
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            Console.Error.WriteLine("\n  (taken back: the program no longer waits, or the time is over)");
            throw;
        }
    }
}
