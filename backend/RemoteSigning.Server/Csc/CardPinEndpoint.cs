using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Csc;
using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Peers;

namespace RemoteSigning.Server.Csc;

/// <summary><c>POST /card/v1/pin</c> (<see cref="CardPinRequest"/>): our own addition for <c>C_Login</c>, answered 204.</summary>
internal static class CardPinEndpoint
{
    public static async Task<IResult> HandleAsync(HttpContext context, Callers callers, AuthorizationClient authorization, CancellationToken cancel)
    {
        string accessToken = Bearer.Read(context);
        CscRequest request = await CscRequest.ReadAsync(context, cancel);
        string pin = request.RequiredString("pin");

        await callers.DemandAsync(context, accessToken, cancel);
        await authorization.VerifyPinAsync(new PinVerification(accessToken, pin), cancel);
        return Results.NoContent();
    }
}
