using RemoteSigning.Server.Applications;

namespace RemoteSigning.Server.Csc;

/// <summary>
/// CSC v2 <c>credentials/authorizeCheck</c>: asks for an approval that is given elsewhere. No factor is of that kind, so no
/// handle was ever given out.
/// </summary>
internal static class AuthorizeCheckEndpoint
{
    public static async Task<IResult> HandleAsync(HttpContext context, Callers callers, CancellationToken cancel)
    {
        string accessToken = Bearer.Read(context);
        CscRequest request = await CscRequest.ReadAsync(context, cancel);
        if (request.OptionalString("handle") is null)
        {
            throw CscException.InvalidParameter("handle");
        }

        request.CheckIgnored("clientData");
        await callers.DemandAsync(context, accessToken, cancel);
        throw CscException.InvalidParameter("handle");
    }
}
