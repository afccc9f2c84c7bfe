using RemoteSigning.Contracts.Csc;
using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Credentials;
using RemoteSigning.Server.Signing;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Csc;

/// <summary>
/// CSC v2 <c>credentials/authorizeCheck</c>: 202 while the signer has not approved elsewhere, then the SAD, once. A handle is good for the
/// signer and the application that got it.
/// </summary>
internal static class AuthorizeCheckEndpoint
{
    public static async Task<IResult> HandleAsync(
        HttpContext context,
        Callers callers,
        CredentialStore credentials,
        WaitingApprovalStore approvals,
        TimeProvider clock,
        CancellationToken cancel)
    {
        string accessToken = Bearer.Read(context);
        CscRequest request = await CscRequest.ReadAsync(context, cancel);
        string handle = request.OptionalString("handle") ?? throw Unknown();
        request.CheckIgnored("clientData");

        Caller caller = await callers.DemandAsync(context, accessToken, cancel);
        WaitingApproval approval = await approvals.FindAsync(handle, caller.Signer, caller.Application.ClientId, cancel) ?? throw Unknown();
        DemandNotDenied(approval.State);
        Credential credential = await credentials.FindAsync(caller.Signer, approval.CredentialId, cancel) ?? throw Unknown();
        credential.DemandUsable(clock.GetUtcNow());
        if (await approvals.IsLockedAsync(credential.Id, cancel))
        {
            throw CscErrors.Locked();
        }

        if (approval.State == WaitingApprovalState.Waiting)
        {
            return CscAnswer.Json(
                context, new AuthorizationPending(handle), CscJson.Default.AuthorizationPending, StatusCodes.Status202Accepted);
        }

        string sad = await approvals.TakeAsync(handle, caller.Signer, caller.Application.ClientId, cancel) ?? throw Unknown();
        int seconds = (int)Math.Ceiling((approval.ExpiresAt - clock.GetUtcNow()).TotalSeconds);
        return CscAnswer.Json(context, new CredentialsAuthorizeResponse(sad, seconds), CscJson.Default.CredentialsAuthorizeResponse);
    }

    private static void DemandNotDenied(WaitingApprovalState state)
    {
        switch (state)
        {
            case WaitingApprovalState.Refused:
                throw CscErrors.Denied();
            case WaitingApprovalState.Wrong:
                throw CscErrors.WrongAuthenticationData();
        }
    }

    private static CscException Unknown() => CscException.InvalidParameter("handle");
}
