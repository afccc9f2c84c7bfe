using RemoteSigning.Contracts.Csc;
using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Credentials;

namespace RemoteSigning.Server.Csc;

/// <summary>CSC v2 <c>credentials/list</c>: all ids at once, with the descriptions too if they are wanted.</summary>
internal static class ListEndpoint
{
    public static async Task<IResult> HandleAsync(
        HttpContext context, Callers callers, CredentialStore credentials, TimeProvider clock, CancellationToken cancel)
    {
        string accessToken = Bearer.Read(context);
        CscRequest request = await CscRequest.ReadAsync(context, cancel);
        request.RefuseUser("userID parameter MUST be null");
        bool described = request.OptionalBoolean("credentialInfo", absent: false);
        bool onlyValid = request.OptionalBoolean("onlyValid", absent: false);
        CredentialWishes wishes = CredentialWishes.Read(request);
        request.CheckIgnored("lang", "clientData");

        Caller caller = await callers.DemandAsync(context, accessToken, cancel);
        DateTimeOffset now = clock.GetUtcNow();
        IReadOnlyList<Credential> all = await credentials.ListAsync(caller.Signer, cancel);
        List<Credential> listed = [.. all.Where(c => !onlyValid || (c.Enabled && !c.IsExpired(now)))];
        var answer = new CredentialsListResponseV2(
            [.. listed.Select(c => c.Id)],
            described ? [.. listed.Select(c => CscFace2.Describe(CredentialView.Of(c, caller, wishes, now), c.Id))] : null,
            onlyValid ? true : null);
        return CscAnswer.Json(context, answer, CscJson.Default.CredentialsListResponseV2);
    }
}
