using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Csc;
using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Credentials;
using RemoteSigning.Server.Peers;

namespace RemoteSigning.Server.Csc;

/// <summary>CSC <c>credentials/extendTransaction</c> (CSC API 1.0.4.0, 11.7): a new SAD for a live one; the count stays.</summary>
internal static class ExtendTransactionEndpoint
{
    public static async Task<IResult> HandleAsync(
        HttpContext context, Callers callers, AuthorizationClient authorization, TimeProvider clock, CancellationToken cancel)
    {
        string accessToken = Bearer.Read(context);
        CscRequest body = await CscRequest.ReadAsync(context, cancel);
        string id = body.RequiredString("credentialID");
        HashesToApprove hashes = HashesToApprove.Read(body);
        string sad = body.RequiredString("SAD");
        body.CheckIgnored("clientData");
        if (hashes.Values is { Count: > SignHashEndpoint.MaximumHashes })
        {
            throw CscException.Invalid(CscErrors.TooManySignaturesText);
        }

        (Caller caller, Credential credential) = await callers.RecallAsync(context, accessToken, id, cancel);
        Check(credential, hashes, clock.GetUtcNow());

        Transaction transaction = await authorization.ExtendTransactionAsync(
            new TransactionExtension(accessToken, sad, id, hashes.Values, hashes.Algorithm), cancel);
        return CscAnswer.Json(
            context, new CredentialsAuthorizeResponse(transaction.Sad, transaction.ExpiresIn), CscJson.Default.CredentialsAuthorizeResponse);
    }

    private static void Check(Credential credential, HashesToApprove hashes, DateTimeOffset now)
    {
        credential.DemandUsable(now);
        if (credential.IsHashBound && hashes.Values is null)
        {
            throw CscException.Missing("array", "hash");
        }
    }
}
