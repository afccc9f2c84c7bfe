using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Server.Credentials;
using RemoteSigning.Server.Csc;
using RemoteSigning.Server.Peers;
using RemoteSigning.Server.Telemetry;

namespace RemoteSigning.Server.Applications;

/// <summary>The one door for requests with a bearer token.</summary>
internal sealed class Callers(
    AuthorizationClient authorization, ApplicationDirectory applications, RateLimits rates, KnownTokens tokens, ServerMetrics metrics)
{
    /// <summary>Whom the token stands for, and which application it was given to.</summary>
    /// <exception cref="CscException">The token's application may not call, or calls too often.</exception>
    /// <exception cref="PeerException">The token is dead.</exception>
    public async Task<Caller> DemandAsync(HttpContext context, string accessToken, CancellationToken cancel)
    {
        TokenState token = await AskAsync(accessToken, cancel);
        return Admit(await applications.FindOfTokenAsync(context, token.ClientId, cancel), accessToken, token);
    }

    /// <summary>
    /// Like <see cref="DemandAsync"/>, with the credential that the request names, but a token that was seen before is not asked about:
    /// only for methods that succeed by nothing but a function of the authorization server which takes the token itself, and so refuses
    /// a dead one. What is refused here before that is weighed by <see cref="WeighAsync"/>.
    /// </summary>
    /// <exception cref="CscException">As above, or the signer has no such credential.</exception>
    public async Task<(Caller Caller, Credential Credential)> RecallAsync(
        HttpContext context, string accessToken, string credentialId, CancellationToken cancel)
    {
        TokenState token = await RecallTokenAsync(context, accessToken, cancel);
        (CallingApplication? application, Credential? credential) =
            await applications.FindOfTokenAsync(context, token.ClientId, token.Signer, credentialId, cancel);
        Caller caller = Admit(application, accessToken, token);
        return (caller, credential ?? throw CscException.InvalidParameter("credentialID"));
    }

    /// <summary>
    /// What a request is refused for. Of a recalled caller it is that the token is dead, if it is, before anything that was found
    /// out with it; and a dead one is forgotten, so that from then on it is asked about before it counts against any limit.
    /// </summary>
    public async Task<Exception> WeighAsync(HttpContext context, Exception failure, CancellationToken cancel)
    {
        if (context.Features.Get<RecalledCaller>() is not { } recalled)
        {
            return failure;
        }

        Exception weighed = failure is CscException ? await TryAskAsync(recalled.AccessToken, cancel) ?? failure : failure;
        if (weighed is PeerException { Peer: AuthorizationClient.Name, Problem: Problem.NotSignedIn })
        {
            tokens.Forget(recalled.AccessToken);
        }

        return weighed;
    }

    private Task<TokenState> AskAsync(string accessToken, CancellationToken cancel) =>
        authorization.GetTokenStateAsync(new TokenQuery(accessToken), cancel);

    /// <returns>Why the token is not known to live; null when it does.</returns>
    private async Task<PeerException?> TryAskAsync(string accessToken, CancellationToken cancel)
    {
        try
        {
            await AskAsync(accessToken, cancel);
            return null;
        }
        catch (PeerException failure)
        {
            return failure;
        }
    }

    private async Task<TokenState> RecallTokenAsync(HttpContext context, string accessToken, CancellationToken cancel)
    {
        if (tokens.Find(accessToken) is { } known)
        {
            context.Features.Set(new RecalledCaller(accessToken));
            return known;
        }

        TokenState asked = await AskAsync(accessToken, cancel);
        tokens.Remember(accessToken, asked with { Email = "", MaskedEmail = null, MaskedPhoneNumber = null }); // Addresses may change.
        return asked;
    }

    private Caller Admit(CallingApplication? found, string accessToken, TokenState token)
    {
        CallingApplication application = found ?? throw CscErrors.UnknownToken();
        metrics.Call(application.ClientId);
        rates.DemandCall(application, accessToken);
        return new Caller(token.Signer, application, token.MaskedEmail, token.MaskedPhoneNumber);
    }
}
