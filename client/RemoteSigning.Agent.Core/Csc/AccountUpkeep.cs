using Microsoft.Extensions.Logging;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Core.Csc;

/// <summary>
/// Keeps the card up to date in the background: signs in with the stored password when there is one, and looks at
/// the server for changes; after failures sooner, with growing pauses, and soon after the server has contradicted the card.
/// </summary>
internal sealed class AccountUpkeep(SignerAccount account, TimeSpan interval, TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);

    /// <summary>Timers stand still while the computer sleeps, so none is trusted for longer; then the wall clock is looked at.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromMinutes(1);

    private TimeSpan _pause = FirstPause;
    private bool _storedPasswordRefused;

    /// <param name="first">How long to wait before the first look.</param>
    public async Task RunAsync(TimeSpan first, CancellationToken stopping)
    {
        TimeSpan wait = first;
        while (true)
        {
            await WaitAsync(wait, stopping);
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

    private async Task WaitAsync(TimeSpan wait, CancellationToken stopping)
    {
        DateTimeOffset begun = clock.GetUtcNow();
        while (!stopping.IsCancellationRequested)
        {
            TimeSpan passed = clock.GetUtcNow() - begun;
            Task outdated = account.Outdated;
            TimeSpan left = (outdated.IsCompleted && FirstPause < wait ? FirstPause : wait) - passed;
            if (left <= TimeSpan.Zero || passed < TimeSpan.Zero)
            {
                return;
            }

            left = left < LongestSleep ? left : LongestSleep;
            Task pause = outdated.IsCompleted ? Task.Delay(left, clock, stopping) : outdated.WaitAsync(left, clock, stopping);
            await pause.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
