using RemoteSigning.Agent.Core.Csc;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Core.Signing;

/// <summary><c>C_Login</c>: a PIN is verified by the server at once and kept for this run of the program.</summary>
internal sealed class CardLogin(CardMode mode, SignerAccount account, Consent consent, ServerQueue queue)
{
    public async Task LogInAsync(ReadOnlyMemory<byte> pin, ApplicationInstance application, Peer peer, CancellationToken cancellation)
    {
        long began = queue.Now;
        long epoch = account.RequireSignIn();
        if (pin.Length > CardProtocol.MaximumPin)
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.PinInvalid, $"A PIN has at most {CardProtocol.MaximumPin} bytes.");
        }

        if (pin.Length > 0)
        {
            await LogInAsync(new Secret(pin.Span), began, epoch, application, cancellation);
        }
        else if (mode == CardMode.Pin)
        {
            await AskAndLogInAsync(began, epoch, application, peer, cancellation);
        }
        else
        {
            // Nothing is unlocked by this: each signature is put to the signer, with its PIN.
            account.WhileSignedIn(epoch, () => application.LogIn(null));
        }
    }

    private async Task AskAndLogInAsync(long began, long epoch, ApplicationInstance application, Peer peer, CancellationToken cancellation)
    {
        string? complaint = null;
        while (true)
        {
            Secret pin = await consent.AskPinAsync(new PinQuestion(peer.Program, complaint), cancellation);
            try
            {
                await LogInAsync(pin, began, epoch, application, cancellation);
                return;
            }
            catch (ProblemException e) when (e.Problem == Problem.PinIncorrect && consent.MayAskAgain)
            {
                complaint = e.Message;
            }
        }
    }

    private async Task LogInAsync(Secret pin, long began, long epoch, ApplicationInstance application, CancellationToken cancellation)
    {
        try
        {
            await queue.RunAsync(
                began,
                async c =>
                {
                    await account.VerifyPinAsync(pin, c);
                    return true;
                },
                cancellation);

            // Whoever signed out meanwhile has ended all logins; this one must not come after that.
            account.WhileSignedIn(epoch, () => application.LogIn(pin));
        }
        catch
        {
            pin.Dispose();
            throw;
        }
    }
}
