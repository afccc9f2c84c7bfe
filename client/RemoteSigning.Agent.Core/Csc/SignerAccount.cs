using Microsoft.Extensions.Logging;
using RemoteSigning.Agent.Core.Card;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Agent.Core.Signing;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Csc;

namespace RemoteSigning.Agent.Core.Csc;

/// <summary>
/// The signer's account at the server and what of it lies on the card: signing in and out, fetching the credentials,
/// signing. When the server ends the sign-in, the card is emptied.
/// </summary>
/// <param name="signedOut">Called when the sign-in has ended, for whatever reason.</param>
internal sealed class SignerAccount(
    CscClient client, CscSession session, CardContents card, bool pinPerSignature, bool allowSha1, TimeProvider clock, ILogger log, Action signedOut) : IDisposable
{
    /// <summary>A signer who waits for a code must still have time to type it.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    private readonly SemaphoreSlim _fetch = new(1, 1);

    /// <summary>Guards what has to change together: the end of a sign-in, the card's contents, the programs' logins.</summary>
    private readonly Lock _lock = new();

    /// <summary>How many sign-ins have ended; so it names the present one.</summary>
    private long _epoch;

    private volatile bool _wasSignedOut;
    private volatile TaskCompletionSource _outdated = NewSignal();

    /// <summary>
    /// Completes when the server refuses to sign with a key that the card shows as usable: revoked elsewhere, for instance.
    /// Each fetch begins a new one.
    /// </summary>
    public Task Outdated => _outdated.Task;

    public bool IsSignedIn => session.IsSignedIn;

    /// <summary>The signer asked for it; so the stored password is left alone until the next sign-in.</summary>
    public bool WasSignedOut => _wasSignedOut;

    public bool HasStoredPassword => session.HasStoredPassword;

    /// <summary>When the credentials were last fetched; null = never since the start.</summary>
    public DateTimeOffset? LastFetch { get; private set; }

    /// <returns>Names the sign-in, for <see cref="WhileSignedIn"/>.</returns>
    public long RequireSignIn()
    {
        lock (_lock)
        {
            return card.Current.SignedIn ? _epoch : throw CscSession.NotSignedIn();
        }
    }

    /// <summary>Does what may not outlive a sign-in, unless that has ended: the sign-out either precedes it or undoes it.</summary>
    /// <exception cref="ProblemException">The sign-in has ended.</exception>
    public void WhileSignedIn(long epoch, Action act)
    {
        lock (_lock)
        {
            if (_epoch != epoch || !session.IsSignedIn)
            {
                throw CscSession.NotSignedIn();
            }

            act();
        }
    }

    /// <param name="password">Null = the stored one.</param>
    public async Task SignInAsync(Secret? password, CancellationToken cancellation)
    {
        _wasSignedOut = false;
        await (password is null ? session.SignInAsync(cancellation) : session.SignInAsync(password, cancellation));
        if (_wasSignedOut)
        {
            // The signer changed their mind while the server was being asked.
            await SignOutAsync(cancellation);
            throw CscSession.NotSignedIn();
        }

        await FetchAsync(cancellation);
        Log.SignedIn(log, card.Current.Credentials.Count);
    }

    public async Task SignOutAsync(CancellationToken cancellation)
    {
        Func<CancellationToken, Task> tellServer;
        lock (_lock)
        {
            _wasSignedOut = true;
            tellServer = session.Forget();
            End();
        }

        await tellServer(cancellation);
    }

    /// <summary>Fetches all credentials with their chains and puts them on the card.</summary>
    public async Task FetchAsync(CancellationToken cancellation)
    {
        await _fetch.WaitAsync(cancellation);
        try
        {
            long epoch = CurrentEpoch();
            _outdated = NewSignal();
            IReadOnlyList<string> ids = await CallAsync(client.ListAsync, cancellation);
            var credentials = new List<Credential>();
            foreach (string id in ids.Order(StringComparer.Ordinal))
            {
                if (await TryReadAsync(id, cancellation) is { } credential)
                {
                    credentials.Add(credential);
                }
            }

            IReadOnlyList<Credential> fitting = CardLimits.Apply(credentials, log);
            WhileSignedIn(epoch, () => card.Publish(true, fitting));
            LastFetch = clock.GetUtcNow();
        }
        finally
        {
            _fetch.Release();
        }
    }

    public async Task VerifyPinAsync(Secret pin, CancellationToken cancellation) => await CallAsync(
        async (token, c) =>
        {
            await client.VerifyPinAsync(token, pin, c);
            return true;
        },
        cancellation);

    /// <summary>
    /// <c>credentials/sendOTP</c>. A server lets some time pass between two codes; a short time is waited for, as the code of
    /// one signature may come right after that of another.
    /// </summary>
    public async Task SendCodeAsync(Credential credential, CancellationToken cancellation)
    {
        async Task<bool> SendAsync(string token, CancellationToken c)
        {
            await client.SendOtpAsync(token, credential.Id, c);
            return true;
        }

        try
        {
            await CallAsync(SendAsync, cancellation);
        }
        catch (ProblemException e) when (e.RetryAfter is { } wait && wait <= LongestWait)
        {
            await Task.Delay(wait, clock, cancellation);
            await CallAsync(SendAsync, cancellation);
        }
    }

    /// <summary>
    /// <c>credentials/authorize</c>, always bound to this digest, then <c>signatures/signHash</c>. The answer is the
    /// server's bytes, not yet checked against the certificate.
    /// </summary>
    public async Task<byte[]> SignAsync(
        Credential credential, SignatureAlgorithm algorithm, byte[] digest, SignatureApproval factors, Peer peer, CancellationToken cancellation)
    {
        try
        {
            return await AuthorizeAndSignAsync(credential, algorithm, digest, factors, peer, cancellation);
        }
        catch (ProblemException e) when (e.Problem is Problem.CredentialUnusable or Problem.UnknownKey)
        {
            _outdated.TrySetResult();
            throw;
        }
    }

    public void Dispose() => _fetch.Dispose();

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<byte[]> AuthorizeAndSignAsync(
        Credential credential, SignatureAlgorithm algorithm, byte[] digest, SignatureApproval factors, Peer peer, CancellationToken cancellation)
    {
        string hash = Convert.ToBase64String(digest);
        CredentialsAuthorizeResponse authorization = await CallAsync(
            (token, c) => client.AuthorizeAsync(
                token,
                new CredentialsAuthorizeRequest(
                    credential.Id, 1, [hash], factors.Pin?.Reveal(), factors.Otp?.Reveal(), Path.GetFileName(peer.Program)),
                c),
            cancellation);
        byte[] parameters = algorithm.Parameters();
        var request = new SignHashRequest(
            credential.Id, authorization.Sad, [hash], algorithm.Digest.Oid, algorithm.Oid,
            parameters.Length == 0 ? null : Convert.ToBase64String(parameters));
        SignHashResponse answer = await CallAsync((token, c) => client.SignHashAsync(token, request, c), cancellation);
        if (answer.Signatures is not [string signature])
        {
            throw CscProblems.Nonsense("Signing");
        }

        try
        {
            return Convert.FromBase64String(signature);
        }
        catch (FormatException e)
        {
            throw CscProblems.Nonsense("Signing", e);
        }
    }

    private long CurrentEpoch()
    {
        lock (_lock)
        {
            return _epoch;
        }
    }

    /// <summary>Null when the credential cannot be on the card: one of them must not keep the others off it.</summary>
    private async Task<Credential?> TryReadAsync(string id, CancellationToken cancellation)
    {
        try
        {
            return TryRead(id, await CallAsync((token, c) => client.GetCredentialAsync(token, id, c), cancellation));
        }
        catch (ProblemException e) when (CscProblems.IsMisshapen(e))
        {
            Log.CredentialLeftOut(log, DisplayText.Clean(id, 255), "what the server tells of it makes no sense", e.InnerException);
            return null;
        }
    }

    private Credential? TryRead(string id, CredentialsInfoResponse info)
    {
        try
        {
            return CredentialReader.Read(id, info, pinPerSignature, allowSha1);
        }
        catch (FormatException e)
        {
            Log.CredentialLeftOut(log, DisplayText.Clean(id, 255), e.Message, null);
            return null;
        }
        catch (Exception e)
        {
            // A certificate is foreign input, and what its decoders throw is not listed anywhere.
            Log.CredentialLeftOut(log, DisplayText.Clean(id, 255), "it cannot be read", e);
            return null;
        }
    }

    private async Task<T> CallAsync<T>(Func<string, CancellationToken, Task<T>> call, CancellationToken cancellation)
    {
        try
        {
            return await session.CallAsync(call, cancellation);
        }
        catch (ProblemException e) when (e.Problem == Problem.NotSignedIn && !session.IsSignedIn)
        {
            End();
            throw;
        }
    }

    private void End()
    {
        lock (_lock)
        {
            if (session.IsSignedIn)
            {
                // Signed in anew since the caller looked.
                return;
            }

            if (card.Current.SignedIn)
            {
                Log.SignedOut(log);
            }

            _epoch++;
            card.Publish(false, []);
            signedOut();
        }
    }
}
