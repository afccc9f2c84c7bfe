using System.Buffers.Text;
using RemoteSigning.Contracts.Csc;
using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Credentials;
using RemoteSigning.Server.Signing;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Csc;

/// <summary>Our own additions below <c>/card/v1</c>: where a signer approves what was begun elsewhere (docs/sam/device-keys.md).</summary>
internal sealed partial class CardApprovalEndpoints
{
    private CardApprovalEndpoints()
    {
    }

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/card/v1/waiting_approvals", ListAsync);
        app.MapPost("/card/v1/approval_answers", AnswerAsync);
        app.MapPost("/card/v1/approval_refusals", RefuseAsync);
    }

    private static async Task<IResult> ListAsync(
        HttpContext context,
        Callers callers,
        CredentialStore credentials,
        WaitingApprovalStore approvals,
        TimeProvider clock,
        CancellationToken cancel)
    {
        string accessToken = Bearer.Read(context);
        await CscRequest.ReadAsync(context, cancel);

        Caller caller = await callers.DemandAsync(context, accessToken, cancel);
        DateTimeOffset now = clock.GetUtcNow();
        var shown = new List<CardWaitingApproval>();
        foreach ((WaitingApprovalRow waiting, string application) in
            await approvals.ListAsync(caller.Signer, caller.Application.ClientId, cancel))
        {
            if (await credentials.FindAsync(caller.Signer, waiting.CredentialId, cancel) is { } credential)
            {
                shown.Add(Describe(waiting, application, credential, now));
            }
        }

        return CscAnswer.Json(context, new CardWaitingApprovals(shown), CscJson.Default.CardWaitingApprovals);
    }

    /// <summary>204 when the answer is kept; one that cannot be an answer to this content ends the wait.</summary>
    private static async Task<IResult> AnswerAsync(
        HttpContext context,
        Callers callers,
        CredentialStore credentials,
        WaitingApprovalStore approvals,
        ILogger<CardApprovalEndpoints> logger,
        CancellationToken cancel)
    {
        string accessToken = Bearer.Read(context);
        CscRequest body = await CscRequest.ReadAsync(context, cancel);
        DeviceConsent consent = DeviceMembers.ReadApproval(body) ?? throw CscException.Missing("object", DeviceMembers.Approval);

        Caller caller = await callers.DemandAsync(context, accessToken, cancel);
        WaitingApprovalRow waiting = await approvals.FindShownAsync(
            consent.Place.ToString(), caller.Signer, caller.Application.ClientId, cancel) ?? throw Unknown();
        Credential credential = await credentials.FindAsync(caller.Signer, waiting.CredentialId, cancel) ?? throw Unknown();
        bool fits = DeviceAnswerCheck.Fits(credential, waiting.Content, consent.Answer);
        await DecideAsync(approvals, waiting, fits ? WaitingApprovalState.Approved : WaitingApprovalState.Wrong, fits ? consent : null, logger, cancel);
        return fits ? Results.NoContent() : throw CscException.InvalidParameter(DeviceMembers.Approval);
    }

    private static async Task<IResult> RefuseAsync(
        HttpContext context, Callers callers, WaitingApprovalStore approvals, ILogger<CardApprovalEndpoints> logger, CancellationToken cancel)
    {
        string accessToken = Bearer.Read(context);
        CscRequest body = await CscRequest.ReadAsync(context, cancel);
        string approval = body.RequiredString("approval");

        Caller caller = await callers.DemandAsync(context, accessToken, cancel);
        WaitingApprovalRow waiting = await approvals.FindShownAsync(
            approval, caller.Signer, caller.Application.ClientId, cancel) ?? throw Unknown();
        await DecideAsync(approvals, waiting, WaitingApprovalState.Refused, null, logger, cancel);
        return Results.NoContent();
    }

    private static async Task DecideAsync(
        WaitingApprovalStore approvals,
        WaitingApprovalRow waiting,
        WaitingApprovalState state,
        DeviceConsent? consent,
        ILogger logger,
        CancellationToken cancel)
    {
        if (!await approvals.DecideAsync(waiting, state, consent?.Answer, cancel))
        {
            throw Unknown();
        }

        LogDecided(logger, waiting.CredentialId, waiting.Approval, waiting.Client, state);
    }

    private static CardWaitingApproval Describe(WaitingApprovalRow waiting, string application, Credential credential, DateTimeOffset now) => new(
        waiting.Approval,
        waiting.CredentialId,
        application,
        waiting.Description,
        [.. waiting.Hashes.Select(Convert.ToBase64String)],
        waiting.Algorithm,
        waiting.Parameters.Length == 0 ? null : Convert.ToBase64String(waiting.Parameters),
        waiting.Content,
        [.. credential.Devices.Select(d => Base64Url.EncodeToString(d))],
        (int)(waiting.ExpiresAt - now).TotalSeconds);

    /// <summary>The same for what is decided, over, or somebody else's.</summary>
    private static CscException Unknown() => CscException.Invalid("No such approval waits");

    [LoggerMessage(6121, LogLevel.Information, "Approval {Approval} with credential {Credential} for {Application} is {State}")]
    private static partial void LogDecided(ILogger logger, string credential, string approval, string application, WaitingApprovalState state);
}
