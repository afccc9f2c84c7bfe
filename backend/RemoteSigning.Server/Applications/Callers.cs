using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Server.Csc;
using RemoteSigning.Server.Peers;
using RemoteSigning.Server.Telemetry;

namespace RemoteSigning.Server.Applications;

/// <summary>The one door for requests with a bearer token.</summary>
internal sealed class Callers(AuthorizationClient authorization, ApplicationDirectory applications, RateLimits rates, ServerMetrics metrics)
{
    /// <summary>Whom the token stands for, and which application it was given to.</summary>
    /// <exception cref="CscException">The token's application may not call, or calls too often.</exception>
    /// <exception cref="PeerException">The token is dead.</exception>
    public async Task<Caller> DemandAsync(HttpContext context, string accessToken, CancellationToken cancel)
    {
        TokenState token = await authorization.GetTokenStateAsync(new TokenQuery(accessToken), cancel);
        CallingApplication application = await applications.FindOfTokenAsync(context, token.ClientId, cancel)
            ?? throw CscErrors.UnknownToken();
        metrics.Call(application.ClientId);
        rates.DemandCall(application, accessToken);
        return new Caller(token.Signer, application, token.MaskedEmail, token.MaskedPhoneNumber);
    }
}
