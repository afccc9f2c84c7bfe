using RemoteSigning.Contracts.Csc;
using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Credentials;

namespace RemoteSigning.Server.Csc;

/// <summary>CSC v0 and v1 <c>credentials/list</c> (CSC API 1.0.4.0, 11.4): ids, in pages.</summary>
internal static class PagedListEndpoint
{
    /// <summary>Most credentials in one page, also when the client asks for more.</summary>
    public const int MaximumResults = 100;

    public static async Task<IResult> HandleAsync(
        HttpContext context, Callers callers, CredentialStore credentials, CancellationToken cancel)
    {
        string accessToken = Bearer.Read(context);
        CscRequest request = await CscRequest.ReadAsync(context, cancel);
        request.RefuseUser("userID parameter MUST be null");
        int page = request.TolerantInteger("maxResults") is { } wanted and > 0 and <= MaximumResults ? wanted : MaximumResults;
        string? after = request.OptionalString("pageToken");
        request.CheckIgnored("clientData");
        if (after is not null && !CredentialStore.IsId(after))
        {
            throw CscException.InvalidParameter("pageToken");
        }

        Caller caller = await callers.DemandAsync(context, accessToken, cancel);
        IReadOnlyList<string> ids = await credentials.ListAsync(caller.Signer, after, page + 1, cancel);
        CredentialsListResponse answer = ids.Count > page
            ? new([.. ids.Take(page)], ids[page - 1])
            : new(ids);
        return CscAnswer.Json(context, answer, CscJson.Default.CredentialsListResponse);
    }
}
