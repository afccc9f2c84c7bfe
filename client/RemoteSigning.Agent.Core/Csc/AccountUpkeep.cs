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

    private TimeSpan _pause = FirstPause;
    private bool _storedPasswordRefused;

    /// <param name="first">How long to wait before the first look.</param>
    public async Task RunAsync(TimeSpan first, CancellationToken stopping)
    {
        TimeSpan wait = first;
        while (true)
        {
            await Task.Delay(wait, clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stopping.IsCancellationRequested)
            {
                return;
            }

            wait = await LookAsync(stopping);
        }
    }

    /// <summary>Looks once; a failure is logged. Returns when to look again.</summary>
    public async Task<TimeSpan> LookAsync(CancellationToken stopping)
    {
        try
        {
            await RunOnceAsync(stopping);
            _pause = FirstPause;
            return interval;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return interval;
        }
        catch (ProblemException e)
        {
            TimeSpan pause = NextPause();
            Log.FetchFailed(log, (int)pause.TotalSeconds, e.Message, e);
            return pause;
        }
        catch (Exception e)
        {
            // Whatever it was: a card that is never refreshed again, without a word, would be worse.
            TimeSpan pause = NextPause();
            Log.FetchBroken(log, (int)pause.TotalSeconds, e);
            return pause;
        }
    }

    private TimeSpan NextPause()
    {
        TimeSpan pause = _pause;
        _pause = pause * 2 < interval ? pause * 2 : interval;
        return pause;
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
