using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Credentials;
using RemoteSigning.Server.Peers;

namespace RemoteSigning.Server.Csc;

/// <summary>Has a one-time code sent: CSC <c>credentials/sendOTP</c> (CSC API 1.0.4.0, 11.8), in v2 <c>credentials/getChallenge</c>.</summary>
internal static class OneTimeCodeEndpoints
{
    public static async Task<IResult> SendOtpAsync(
        HttpContext context, Callers callers, AuthorizationClient authorization, CredentialStore credentials, TimeProvider clock, CancellationToken cancel)
    {
        string accessToken = Bearer.Read(context);
        CscRequest body = await CscRequest.ReadAsync(context, cancel);
        string id = body.RequiredString("credentialID");
        string? lang = body.OptionalString("lang");
        body.CheckIgnored("clientData");

        Credential credential = await FindAsync(context, callers, credentials, accessToken, id, cancel);
        return credential.IsExplicit && credential.OtpChannel is not null
            ? await SendAsync(authorization, credential, accessToken, lang, clock.GetUtcNow(), cancel)
            : throw CscException.InvalidParameter("credentialID");
    }

    /// <summary>None of our authentication objects has a text to show, so that the answer is always 204.</summary>
    public static async Task<IResult> GetChallengeAsync(
        HttpContext context, Callers callers, AuthorizationClient authorization, CredentialStore credentials, TimeProvider clock, CancellationToken cancel)
    {
        string accessToken = Bearer.Read(context);
        CscRequest body = await CscRequest.ReadAsync(context, cancel);
        string id = body.RequiredString("credentialID");
        string objectId = body.RequiredString("authObjectID");
        string? lang = body.OptionalString("lang");
        body.CheckIgnored("clientData");

        Credential credential = await FindAsync(context, callers, credentials, accessToken, id, cancel);
        return credential is { IsExplicit: true, OtpChannel: not null } && objectId == SignerFactors.OtpId
            ? await SendAsync(authorization, credential, accessToken, lang, clock.GetUtcNow(), cancel)
            : throw CscException.InvalidParameter("authObjectID");
    }

    private static async Task<Credential> FindAsync(
        HttpContext context, Callers callers, CredentialStore credentials, string accessToken, string id, CancellationToken cancel)
    {
        Caller caller = await callers.DemandAsync(context, accessToken, cancel);
        return await credentials.FindAsync(caller.Signer, id, cancel) ?? throw CscException.InvalidParameter("credentialID");
    }

    private static async Task<IResult> SendAsync(
        AuthorizationClient authorization, Credential credential, string accessToken, string? lang, DateTimeOffset now, CancellationToken cancel)
    {
        credential.DemandUsable(now);
        await authorization.SendCodeAsync(new OneTimeCodeRequest(accessToken, credential.Id, Label: credential.Label, Lang: lang), cancel);
        return Results.NoContent();
    }
}
