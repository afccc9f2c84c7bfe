using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Csc;
using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Credentials;
using RemoteSigning.Server.Signing;

namespace RemoteSigning.Server.Csc;

/// <summary>CSC <c>signatures/signHash</c> (CSC API 1.0.4.0, 11.9).</summary>
internal static class SignHashEndpoint
{
    public const int MaximumHashes = 1000;

    public static async Task<IResult> HandleAsync(
        HttpContext context,
        CscFace face,
        Callers callers,
        SignatureLimits limits,
        CredentialStore credentials,
        SignatureCreation signing,
        AsynchronousSigning asynchronous,
        TimeProvider clock,
        CancellationToken cancel)
    {
        string accessToken = Bearer.Read(context);
        CscRequest body = await CscRequest.ReadAsync(context, cancel);
        string sad = body.RequiredString("SAD");
        string id = body.RequiredString("credentialID");
        IReadOnlyList<byte[]> hashes = Hashes(body);
        SignatureAlgorithm algorithm = SignAlgo.Read(body);
        AsynchronousOperation? operation = face.ReadOperation(body);
        body.CheckIgnored("clientData");
        if (hashes.Any(h => h.Length != algorithm.Digest.Length))
        {
            throw CscException.Invalid(CscErrors.DigestLengthText);
        }

        Caller caller = await callers.DemandAsync(context, accessToken, cancel);
        Credential credential = await credentials.FindAsync(caller.Signer, id, cancel) ?? throw CscException.InvalidParameter("credentialID");
        Check(face, credential, algorithm, clock.GetUtcNow());
        await limits.DemandDayAsync(caller.Application, hashes.Count, cancel);

        var order = new SignatureOrder(accessToken, caller.Application.ClientId, sad, credential, algorithm, hashes);
        if (operation is not null)
        {
            string responseId = await asynchronous.StartAsync(context, face, caller, order, operation.Validity, cancel);
            return CscAnswer.Json(context, new SignHashAccepted(responseId), CscJson.Default.SignHashAccepted);
        }

        IReadOnlyList<byte[]> signatures = await signing.SignAsync(order, cancel);
        return CscAnswer.Json(
            context, new SignHashResponse([.. signatures.Select(Convert.ToBase64String)]), CscJson.Default.SignHashResponse);
    }

    private static IReadOnlyList<byte[]> Hashes(CscRequest body) => body.OptionalHashes() switch
    {
        null => throw CscException.Missing("array", "hash"),
        { Count: 0 } => throw CscException.Invalid("Empty hash array"),
        { Count: > MaximumHashes } => throw CscException.Invalid(CscErrors.TooManySignaturesText),
        { } hashes => hashes,
    };

    private static void Check(CscFace face, Credential credential, SignatureAlgorithm algorithm, DateTimeOffset now)
    {
        if (!credential.Enabled)
        {
            throw CscException.Invalid(CscErrors.DisabledText);
        }

        if (credential.IsExpired(now))
        {
            throw CscException.Invalid(face.ExpiredCertificate(credential));
        }

        if (!credential.Key.Fits(algorithm.Scheme))
        {
            throw CscException.InvalidParameter("signAlgo");
        }

        if (!credential.Key.HasRoomFor(algorithm))
        {
            throw CscException.InvalidParameter("signAlgoParams");
        }
    }
}
