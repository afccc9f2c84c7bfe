using Microsoft.Extensions.Logging;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Core.Csc;

/// <summary>
/// Keeps the card up to date in the background: signs in with the stored password when there is one, and looks at
/// the server for changes; after failures sooner, with growing pauses.
/// </summary>
internal sealed class AccountUpkeep(SignerAccount account, TimeSpan interval, TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);

    private bool _storedPasswordRefused;

    public async Task RunAsync(CancellationToken stopping)
    {
        TimeSpan pause = FirstPause;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(stopping);
                pause = FirstPause;
                await Task.Delay(interval, clock, stopping);
            }
            catch (ProblemException e)
            {
                Log.FetchFailed(log, (int)pause.TotalSeconds, e.Message, e);
                await Task.Delay(pause, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                pause = pause * 2 < interval ? pause * 2 : interval;
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task RunOnceAsync(CancellationToken cancellation)
    {
        if (account.IsSignedIn)
        {
            await account.FetchAsync(cancellation);
        }
        else if (account.HasStoredPassword && !account.WasSignedOut && !_storedPasswordRefused)
        {
            try
            {
                await account.SignInAsync(null, cancellation);
            }
            catch (ProblemException e) when (e.Code == ProblemCodes.LoginFailed)
            {
                // Trying a wrong password again and again would lock the account.
                _storedPasswordRefused = true;
                Log.StoredPasswordRefused(log, e);
            }
        }
    }
}
