using RemoteSigning.Server.Applications;

namespace RemoteSigning.Server.Csc;

/// <summary>The public interface: the versions of CSC from one table, and our small addition for the card.</summary>
internal static class CscApi
{
    private static readonly string[] Get = [HttpMethods.Get, HttpMethods.Post];
    private static readonly string[] Post = [HttpMethods.Post];

    /// <summary>Each method once; where a version has another shape of it, once for each shape.</summary>
    private static readonly CscMethod[] Methods =
    [
        new("info", InfoEndpoint.HandleAsync) { AlsoGet = true },
        new(LoginEndpoint.Method, LoginEndpoint.HandleAsync) { AlsoGet = true },
        new("auth/revoke", RevokeEndpoint.HandleAsync),
        new("credentials/list", PagedListEndpoint.HandleAsync) { AlsoGet = true, Until = 1 },
        new("credentials/list", ListEndpoint.HandleAsync) { AlsoGet = true, Since = 2 },
        new("credentials/info", CredentialInfoEndpoint.HandleAsync),
        new("credentials/authorize", AuthorizeEndpoint.HandleAsync),
        new("credentials/authorizeCheck", AuthorizeCheckEndpoint.HandleAsync) { Since = 2 },
        new("credentials/extendTransaction", ExtendTransactionEndpoint.HandleAsync),
        new("credentials/sendOTP", OneTimeCodeEndpoints.SendOtpAsync) { Until = 1 },
        new("credentials/getChallenge", OneTimeCodeEndpoints.GetChallengeAsync) { Since = 2 },
        new("signatures/signHash", SignHashEndpoint.HandleAsync),
        new("signatures/signPolling", SignPollingEndpoint.HandleAsync) { Since = 2 },
        new("signatures/timestamp", TimestampEndpoint.HandleAsync),

        NotOffered("credentials/sendOTP", since: 2),
        NotOffered("signatures/signDoc", since: 2),
        NotOffered("oauth2/authorize"),
        NotOffered("oauth2/token"),
        NotOffered("oauth2/revoke"),
        NotOffered("oauth2/pushed_authorize", since: 2),
    ];

    public static void MapCsc(this IEndpointRouteBuilder app)
    {
        foreach (CscFace face in CscFace.All)
        {
            RouteGroupBuilder csc = app.MapGroup(face.Base).WithMetadata(face);
            foreach (CscMethod method in Methods.Where(m => m.IsIn(face)))
            {
                csc.Map(method);
            }
        }

        app.MapPost("/card/v1/pin", CardPinEndpoint.HandleAsync);
        app.MapGet(UsageEndpoint.Path, UsageEndpoint.HandleAsync);
        app.MapCardDevices();
        CardApprovalEndpoints.Map(app);
        app.MapGet(InfoEndpoint.LogoPath, InfoEndpoint.Logo);
        app.Map("/csc/{**unknown}", Unknown);
        app.Map("/card/{**unknown}", Unknown);
    }

    /// <summary><c>info.methods</c>.</summary>
    public static IReadOnlyList<string> Offered(CscFace face) =>
        [.. Methods.Where(m => m.IsOffered && m.IsIn(face) && m.Name != "info").Select(m => m.Name)];

    private static void Map(this RouteGroupBuilder csc, CscMethod method)
    {
        RouteHandlerBuilder route = method.IsOffered
            ? csc.MapMethods(method.Name, method.AlsoGet ? Get : Post, method.Handler)
            : csc.Map(method.Name, method.Handler);
        route.WithMetadata(method);
    }

    private static CscMethod NotOffered(string name, int since = 0) =>
        new(name, (Func<IResult>)NotImplemented) { Since = since, IsOffered = false };

    private static IResult NotImplemented() => throw new CscException(
        StatusCodes.Status501NotImplemented, CscErrors.InvalidRequest, "The method is not implemented by this service.");

    private static IResult Unknown() => throw CscErrors.Denied();
}
