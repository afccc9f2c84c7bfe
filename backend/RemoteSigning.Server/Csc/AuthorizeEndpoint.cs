using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Csc;
using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Credentials;
using RemoteSigning.Server.Peers;

namespace RemoteSigning.Server.Csc;

/// <summary>CSC <c>credentials/authorize</c> (CSC API 1.0.4.0, 11.6).</summary>
internal static class AuthorizeEndpoint
{
    public static async Task<IResult> HandleAsync(
        HttpContext context,
        CscFace face,
        Callers callers,
        SignatureLimits limits,
        AuthorizationClient authorization,
        ApprovalElsewhere elsewhere,
        TimeProvider clock,
        CancellationToken cancel)
    {
        string accessToken = Bearer.Read(context);
        CscRequest body = await CscRequest.ReadAsync(context, cancel);
        string id = body.RequiredString("credentialID");
        int count = Count(body);
        HashesToApprove hashes = HashesToApprove.Read(body);
        SignerFactors factors = face.ReadFactors(body);
        var request = new TransactionRequest(
            accessToken, id, count, hashes.Values, hashes.Algorithm, factors.Pin, factors.Otp, body.Description());
        // Of v2's members only signHash has it; a device has to know what it approves.
        SignatureAlgorithm? algorithm = factors.Device && body.OptionalString("signAlgo") is not null ? SignAlgo.Read(body) : null;
        body.CheckIgnored("clientData");

        (Caller caller, Credential credential) = await callers.RecallAsync(context, accessToken, request.CredentialId, cancel);
        Check(credential, request, clock.GetUtcNow());
        await limits.DemandTransactionAsync(caller.Application, count, cancel);

        if (factors.Device)
        {
            string handle = await elsewhere.BeginAsync(caller, credential, request, algorithm, cancel);
            return CscAnswer.Json(
                context, new AuthorizationPending(handle), CscJson.Default.AuthorizationPending, StatusCodes.Status202Accepted);
        }

        Transaction transaction = await authorization.BeginTransactionAsync(request, cancel);
        return CscAnswer.Json(
            context, new CredentialsAuthorizeResponse(transaction.Sad, transaction.ExpiresIn), CscJson.Default.CredentialsAuthorizeResponse);
    }

    private static int Count(CscRequest body)
    {
        int count = body.RequiredInteger("numSignatures");
        return count >= 1 ? count : throw CscException.Invalid("Invalid value for parameter numSignatures");
    }

    private static void Check(Credential credential, TransactionRequest request, DateTimeOffset now)
    {
        if (!credential.IsExplicit)
        {
            throw new CscException(
                StatusCodes.Status400BadRequest, CscErrors.UnauthorizedClient, "The client is not authorized to use this method.");
        }

        credential.DemandUsable(now);
        if (request.NumSignatures > credential.Multisign)
        {
            throw CscException.Invalid(CscErrors.TooManySignaturesText);
        }

        if (credential.IsHashBound && request.Hashes is null)
        {
            throw CscException.Missing("array", "hash");
        }

        // More hashes than signatures make no sense. Fewer would leave signatures open that no hash is bound to.
        int hashes = request.Hashes?.Count ?? 0;
        if (hashes > request.NumSignatures || (credential.IsHashBound && hashes < request.NumSignatures))
        {
            throw CscException.Invalid("Invalid value for parameter numSignatures");
        }
    }
}
