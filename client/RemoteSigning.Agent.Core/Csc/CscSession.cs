using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Csc;

namespace RemoteSigning.Agent.Core.Csc;

/// <summary>
/// The sign-in at the server. Tokens live in memory only. When a call is answered "token expired", the sign-in is
/// renewed once (refresh token, else the stored password) and the call repeated once.
/// </summary>
/// <param name="storedPassword">The password from the secrets file; null when a person has to type it.</param>
internal sealed class CscSession(CscClient client, string email, Func<Secret>? storedPassword) : IDisposable
{
    private readonly SemaphoreSlim _renewal = new(1, 1);
    private volatile Tokens? _tokens;

    public bool IsSignedIn => _tokens is not null;

    public bool HasStoredPassword => storedPassword is not null;

    public static ProblemException NotSignedIn(Exception? cause = null) => new(
        Problem.NotSignedIn, ProblemCodes.TokenInvalid, "Nobody is signed in at the signing server. Sign in with: virtual-card login", cause);

    public async Task SignInAsync(Secret password, CancellationToken cancellation)
    {
        await _renewal.WaitAsync(cancellation);
        try
        {
            _tokens = Tokens.From(await client.LoginAsync(email, password, cancellation), null);
        }
        finally
        {
            _renewal.Release();
        }
    }

    /// <summary>Signs in with the stored password.</summary>
    public async Task SignInAsync(CancellationToken cancellation)
    {
        using Secret password = storedPassword?.Invoke() ?? throw NotSignedIn();
        await SignInAsync(password, cancellation);
    }

    /// <summary>Forgets the sign-in at once. What it returns tells the server to forget it too.</summary>
    public Func<CancellationToken, Task> Forget() => Interlocked.Exchange(ref _tokens, null) switch
    {
        null => _ => Task.CompletedTask,
        { Refresh: null } tokens => c => client.RevokeAsync(tokens.Access, tokens.Access, "access_token", c),

        // Takes the access tokens of the same grant with it.
        { Refresh: { } refresh } tokens => c => client.RevokeAsync(tokens.Access, refresh, "refresh_token", c),
    };

    public async Task<T> CallAsync<T>(Func<string, CancellationToken, Task<T>> call, CancellationToken cancellation)
    {
        Tokens tokens = _tokens ?? throw NotSignedIn();
        try
        {
            return await call(tokens.Access, cancellation);
        }
        catch (ProblemException e) when (e.Code is ProblemCodes.TokenExpired or ProblemCodes.TokenInvalid)
        {
            tokens = await RenewAsync(tokens, cancellation);
        }

        return await call(tokens.Access, cancellation);
    }

    public void Dispose() => _renewal.Dispose();

    private async Task<Tokens> RenewAsync(Tokens stale, CancellationToken cancellation)
    {
        await _renewal.WaitAsync(cancellation);
        try
        {
            if (_tokens is { } other && !ReferenceEquals(other, stale))
            {
                // Another call renewed it meanwhile.
                return other;
            }

            Tokens? renewed = _tokens is null ? null : await TryRefreshAsync(stale, cancellation) ?? await TryStoredPasswordAsync(cancellation);

            // Somebody who signed out meanwhile stays signed out.
            if (!ReferenceEquals(Interlocked.CompareExchange(ref _tokens, renewed, stale), stale) || renewed is null)
            {
                throw NotSignedIn();
            }

            return renewed;
        }
        finally
        {
            _renewal.Release();
        }
    }

    private async Task<Tokens?> TryRefreshAsync(Tokens stale, CancellationToken cancellation)
    {
        try
        {
            return stale.Refresh is null ? null : Tokens.From(await client.RefreshAsync(stale.Refresh, cancellation), stale.Refresh);
        }
        catch (ProblemException e) when (e.Problem == Problem.NotSignedIn)
        {
            return null;
        }
    }

    private async Task<Tokens?> TryStoredPasswordAsync(CancellationToken cancellation)
    {
        if (storedPassword is null)
        {
            return null;
        }

        using Secret password = storedPassword();
        try
        {
            return Tokens.From(await client.LoginAsync(email, password, cancellation), null);
        }
        catch (ProblemException e) when (e.Problem == Problem.NotSignedIn)
        {
            return null;
        }
    }

    private sealed record Tokens(string Access, string? Refresh)
    {
        public static Tokens From(AuthLoginResponse answer, string? previousRefresh) =>
            new(answer.AccessToken, string.IsNullOrEmpty(answer.RefreshToken) ? previousRefresh : answer.RefreshToken);

        public override string ToString() => "***";
    }
}
