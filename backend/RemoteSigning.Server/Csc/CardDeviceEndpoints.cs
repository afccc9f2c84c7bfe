using System.Buffers.Text;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Csc;
using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Credentials;
using RemoteSigning.Server.Enrollment;
using RemoteSigning.Server.Peers;
using RemoteSigning.Server.Signing;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Csc;

/// <summary>Our own additions below <c>/card/v1</c> for devices that approve signatures (docs/sam/device-keys.md).</summary>
internal static class CardDeviceEndpoints
{
    public static void MapCardDevices(this IEndpointRouteBuilder app)
    {
        app.MapPost("/card/v1/device_registrations", ShowAsync);
        app.MapPost("/card/v1/devices", RegisterAsync);
        app.MapPost("/card/v1/device_lists", ListAsync);
        app.MapPost("/card/v1/approvals", PrepareAsync);
    }

    /// <summary>What devices are to answer.</summary>
    private static async Task<IResult> ShowAsync(
        HttpContext context, Callers callers, DeviceEnrollment enrollment, TimeProvider clock, CancellationToken cancel)
    {
        string accessToken = Bearer.Read(context);
        CscRequest body = await CscRequest.ReadAsync(context, cancel);
        string id = body.RequiredString("credentialID");
        string code = body.RequiredString("code");

        Caller caller = await callers.DemandAsync(context, accessToken, cancel);
        DeviceRegistrationRow waiting = await enrollment.FindAsync(caller.Signer, id, code, cancel) ?? throw Unknown();
        return CscAnswer.Json(
            context,
            new CardDeviceRegistration(waiting.Content, waiting.MaxDevices, (int)(waiting.ExpiresAt - clock.GetUtcNow()).TotalSeconds),
            CscJson.Default.CardDeviceRegistration);
    }

    /// <summary>Registers devices for good; 204 when the credential is ready.</summary>
    private static async Task<IResult> RegisterAsync(
        HttpContext context, Callers callers, DeviceEnrollment enrollment, CancellationToken cancel)
    {
        string accessToken = Bearer.Read(context);
        CscRequest body = await CscRequest.ReadAsync(context, cancel);
        string id = body.RequiredString("credentialID");
        var proof = new DeviceProof(accessToken, body.RequiredString("code"), body.OptionalString("PIN"), body.OptionalString("OTP"));
        IReadOnlyList<DeviceAnswer> devices = DeviceMembers.ReadRegistrations(body);

        Caller caller = await callers.DemandAsync(context, accessToken, cancel);
        try
        {
            return await enrollment.CompleteAsync(caller.Signer, id, proof, devices, cancel) is null ? throw Unknown() : Results.NoContent();
        }
        catch (PeerException refusal) when (refusal is { Outcome: PeerOutcome.Refused, Code: ProblemCodes.DeviceInvalid or ProblemCodes.Malformed })
        {
            throw CscException.InvalidParameter(DeviceMembers.Devices);
        }
        catch (PeerException refusal) when (refusal is { Outcome: PeerOutcome.Refused, Code: ProblemCodes.Conflict or ProblemCodes.KeyAssigned })
        {
            throw CscException.Invalid("Other devices are registered already");
        }
        catch (ProblemException failure)
        {
            // The devices are registered, but the credential did not come to be: an operator deletes it and begins anew.
            throw failure.Problem == Problem.Unavailable ? CscErrors.Unavailable() : CscErrors.ServerFailure();
        }
    }

    private static async Task<IResult> ListAsync(
        HttpContext context, Callers callers, CredentialStore credentials, CancellationToken cancel)
    {
        string accessToken = Bearer.Read(context);
        CscRequest body = await CscRequest.ReadAsync(context, cancel);
        string id = body.RequiredString("credentialID");

        Caller caller = await callers.DemandAsync(context, accessToken, cancel);
        Credential credential = await credentials.FindAsync(caller.Signer, id, cancel) ?? throw CscException.InvalidParameter("credentialID");
        return CscAnswer.Json(context, new CardDevices(Names(credential)), CscJson.Default.CardDevices);
    }

    /// <summary>What a device is to approve, for exactly what <c>signatures/signHash</c> will ask.</summary>
    private static async Task<IResult> PrepareAsync(
        HttpContext context,
        Callers callers,
        SignatureCreation signing,
        TimeProvider clock,
        CancellationToken cancel)
    {
        (SignatureOrder order, _, _) = await SignHashEndpoint.ReadAsync(context, callers, clock, cancel);
        if (!order.Credential.HasDevices || order.Consent is not null)
        {
            throw CscException.InvalidParameter(order.Consent is null ? "credentialID" : DeviceMembers.Approval);
        }

        (ApprovalPlace place, ApprovalContent approval) = await signing.PrepareAsync(order, cancel);
        return CscAnswer.Json(
            context,
            new CardApproval(place.ToString(), approval.Content, Names(order.Credential), approval.ExpiresIn),
            CscJson.Default.CardApproval);
    }

    private static List<string> Names(Credential credential) => [.. credential.Devices.Select(d => Base64Url.EncodeToString(d))];

    /// <summary>The same for a wrong code, a wait that is over, and somebody else's credential.</summary>
    private static CscException Unknown() => CscException.Invalid("No devices are awaited for this credential and code");
}
