using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Credentials;

namespace RemoteSigning.Server.Csc;

/// <summary>CSC <c>credentials/info</c> (CSC API 1.0.4.0, 11.5).</summary>
internal static class CredentialInfoEndpoint
{
    public static async Task<IResult> HandleAsync(
        HttpContext context, CscFace face, Callers callers, CredentialStore credentials, TimeProvider clock, CancellationToken cancel)
    {
        string accessToken = Bearer.Read(context);
        CscRequest request = await CscRequest.ReadAsync(context, cancel);
        string id = request.RequiredString("credentialID");
        CredentialWishes wishes = CredentialWishes.Read(request);
        request.CheckIgnored("lang", "clientData");

        Caller caller = await callers.DemandAsync(context, accessToken, cancel);
        Credential credential = await credentials.FindAsync(caller.Signer, id, cancel) ?? throw CscException.InvalidParameter("credentialID");
        return face.AnswerInfo(context, CredentialView.Of(credential, caller, wishes, clock.GetUtcNow()));
    }
}
