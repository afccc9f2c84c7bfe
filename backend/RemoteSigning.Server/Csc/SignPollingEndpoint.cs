using System.Text.Json;
using RemoteSigning.Contracts.Csc;
using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Signing;

namespace RemoteSigning.Server.Csc;

/// <summary>CSC v2 <c>signatures/signPolling</c>: 200 with signatures, 202 while they are being made, or why there are none.</summary>
internal static class SignPollingEndpoint
{
    private static readonly CscError Pending =
        new("accepted_request", "The previous async request has been accepted but not yet completed");

    public static async Task<IResult> HandleAsync(
        HttpContext context, Callers callers, SignatureResultStore results, TimeProvider clock, CancellationToken cancel)
    {
        string accessToken = Bearer.Read(context);
        CscRequest request = await CscRequest.ReadAsync(context, cancel);
        string id = request.RequiredString("requestID");
        request.RefuseUser("userID parameter SHALL be null", "Invalid parameter \"userID\"");
        request.CheckIgnored("clientData");

        Caller caller = await callers.DemandAsync(context, accessToken, cancel);
        SignatureResult result = await results.FindAsync(id, caller.Signer, caller.Application.ClientId, cancel)
            ?? throw CscException.InvalidParameter("requestID");
        if (result.Content is { } content)
        {
            return Answer(context, content);
        }

        // A server that stopped unexpectedly leaves requests behind of which nobody knows.
        return clock.GetUtcNow() < result.StartedAt + AsynchronousSigning.Longest
            ? CscAnswer.Json(context, Pending, CscJson.Default.CscError, StatusCodes.Status202Accepted)
            : throw CscErrors.OutcomeUnknown();
    }

    private static IResult Answer(HttpContext context, byte[] content) =>
        JsonSerializer.Deserialize(content, PollingJson.Default.PollingOutcome) switch
        {
            { Signatures: { } signatures } =>
                CscAnswer.Json(context, new SignHashResponse(signatures), CscJson.Default.SignHashResponse),
            { Refusal: { } refusal } => throw new CscException(
                refusal.Status, refusal.Body.Error, refusal.Body.ErrorDescription ?? ""),
            _ => throw new InvalidOperationException("A stored result is neither signatures nor a refusal."),
        };
}
