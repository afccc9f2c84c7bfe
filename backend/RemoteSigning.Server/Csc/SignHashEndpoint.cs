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
        Callers callers,
        SignatureLimits limits,
        SignatureCreation signing,
        AsynchronousSigning asynchronous,
        WaitingApprovalStore approvals,
        TimeProvider clock,
        CancellationToken cancel)
    {
        (SignatureOrder order, AsynchronousOperation? operation, Caller caller) = await ReadAsync(context, callers, clock, cancel);
        order = await WithConsentAsync(order, approvals, CscFace.Of(context), cancel);
        await limits.DemandDayAsync(caller.Application, order.Digests.Count, cancel);
        if (operation is not null)
        {
            string responseId = await asynchronous.StartAsync(context, CscFace.Of(context), caller, order, operation, cancel);
            return CscAnswer.Json(context, new SignHashAccepted(responseId), CscJson.Default.SignHashAccepted);
        }

        IReadOnlyList<byte[]> signatures = await signing.SignAsync(order, cancel);
        return CscAnswer.Json(
            context, new SignHashResponse([.. signatures.Select(Convert.ToBase64String)]), CscJson.Default.SignHashResponse);
    }

    /// <summary>What is to be signed, after everything that can be checked here was checked.</summary>
    public static async Task<SignHashCall> ReadAsync(
        HttpContext context, Callers callers, TimeProvider clock, CancellationToken cancel)
    {
        string accessToken = Bearer.Read(context);
        CscRequest body = await CscRequest.ReadAsync(context, cancel);
        string sad = body.RequiredString("SAD");
        string id = body.RequiredString("credentialID");
        IReadOnlyList<byte[]> hashes = Hashes(body);
        SignatureAlgorithm algorithm = SignAlgo.Read(body);
        AsynchronousOperation? operation = body.Face.ReadOperation(body);
        body.CheckIgnored("clientData");
        if (hashes.Any(h => h.Length != algorithm.Digest.Length))
        {
            throw CscException.Invalid(CscErrors.DigestLengthText);
        }

        DeviceConsent? consent = DeviceMembers.ReadApproval(body);
        (Caller caller, Credential credential) = await callers.RecallAsync(context, accessToken, id, cancel);
        operation?.DemandRegistered(caller.Application);
        Check(body.Face, credential, algorithm, clock.GetUtcNow());
        var order = new SignatureOrder(
            accessToken, caller.Application.ClientId, sad, credential, algorithm, hashes, Consent: consent);
        return new SignHashCall(order, operation, caller);
    }

    /// <summary>Where devices approve, with what one of them answered: in this call, or elsewhere before the SAD was given.</summary>
    private static async Task<SignatureOrder> WithConsentAsync(
        SignatureOrder order, WaitingApprovalStore approvals, CscFace face, CancellationToken cancel)
    {
        if (order.Credential.HasDevices == order.Consent is not null)
        {
            return order;
        }

        if (order.Consent is not null)
        {
            throw CscException.InvalidParameter(DeviceMembers.Approval);
        }

        ApprovedElsewhere approved = await approvals.FindApprovedAsync(order, cancel)
            ?? throw CscException.Missing("object", DeviceMembers.Approval);
        if (!approved.Covers(order.Algorithm))
        {
            throw CscException.InvalidParameter("signAlgo");
        }

        return approved.Covers(order.Digests) ? order with { Consent = approved.Consent } : throw CscErrors.HashNotAuthorized(face);
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

        credential.DemandFits(algorithm);
    }
}
