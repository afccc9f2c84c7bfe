using System.Security.Cryptography;
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
    CscClient client, CscSession session, CardContents card, bool pinPerSignature, TimeProvider clock, ILogger log, Action signedOut) : IDisposable
{
    private readonly SemaphoreSlim _fetch = new(1, 1);

    public bool IsSignedIn => session.IsSignedIn;

    /// <summary>The signer asked for it; so the stored password is left alone until the next sign-in.</summary>
    public bool WasSignedOut { get; private set; }

    public bool HasStoredPassword => session.HasStoredPassword;

    /// <summary>When the credentials were last fetched; null = never since the start.</summary>
    public DateTimeOffset? LastFetch { get; private set; }

    public void RequireSignIn()
    {
        if (!card.Current.SignedIn)
        {
            throw new ProblemException(
                Problem.NotSignedIn, ProblemCodes.TokenInvalid, "Nobody is signed in at the signing server. Sign in with: virtual-card login");
        }
    }

    /// <param name="password">Null = the stored one.</param>
    public async Task SignInAsync(Secret? password, CancellationToken cancellation)
    {
        WasSignedOut = false;
        await (password is null ? session.SignInAsync(cancellation) : session.SignInAsync(password, cancellation));
        await FetchAsync(cancellation);
        Log.SignedIn(log, card.Current.Credentials.Count);
    }

    public async Task SignOutAsync(CancellationToken cancellation)
    {
        WasSignedOut = true;
        try
        {
            await session.SignOutAsync(cancellation);
        }
        finally
        {
            End();
        }
    }

    /// <summary>Fetches all credentials with their chains and puts them on the card.</summary>
    public async Task FetchAsync(CancellationToken cancellation)
    {
        await _fetch.WaitAsync(cancellation);
        try
        {
            IReadOnlyList<string> ids = await CallAsync(client.ListAsync, cancellation);
            var credentials = new List<Credential>();
            foreach (string id in ids.Order(StringComparer.Ordinal))
            {
                CredentialsInfoResponse info = await CallAsync((token, c) => client.GetCredentialAsync(token, id, c), cancellation);
                if (TryRead(id, info) is { } credential)
                {
                    credentials.Add(credential);
                }
            }

            if (session.IsSignedIn)
            {
                card.Publish(true, CardLimits.Apply(credentials, log));
                LastFetch = clock.GetUtcNow();
            }
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
    /// <c>credentials/authorize</c>, always bound to this digest, then <c>signatures/signHash</c>. The answer is the
    /// server's bytes, not yet checked against the certificate.
    /// </summary>
    public async Task<byte[]> SignAsync(
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

    public void Dispose() => _fetch.Dispose();

    private Credential? TryRead(string id, CredentialsInfoResponse info)
    {
        try
        {
            return CredentialReader.Read(id, info, pinPerSignature);
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            Log.CredentialLeftOut(log, DisplayText.Clean(id, 255), e.Message);
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
        if (card.Current.SignedIn)
        {
            Log.SignedOut(log);
        }

        card.Publish(false, []);
        signedOut();
    }
}
