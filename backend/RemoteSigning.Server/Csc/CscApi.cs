namespace RemoteSigning.Server.Csc;

/// <summary>The public interface: CSC v1 and our small addition for the card.</summary>
internal static class CscApi
{
    public const string Base = "/csc/v1";

    private static readonly string[] GetOrPost = [HttpMethods.Get, HttpMethods.Post];

    /// <summary>Methods of CSC v1 that this server does not offer.</summary>
    private static readonly string[] NotOffered =
    [
        "credentials/sendOTP", "credentials/extendTransaction", "signatures/timestamp", "oauth2/authorize", "oauth2/token", "oauth2/revoke",
    ];

    public static void MapCsc(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder csc = app.MapGroup(Base);
        // Some clients send a method without parameters as GET.
        csc.MapMethods("/info", GetOrPost, InfoEndpoint.HandleAsync);
        csc.MapMethods(LoginEndpoint.Method, GetOrPost, LoginEndpoint.HandleAsync);
        csc.MapPost("/auth/revoke", RevokeEndpoint.HandleAsync);
        csc.MapMethods("/credentials/list", GetOrPost, ListEndpoint.HandleAsync);
        csc.MapPost("/credentials/info", CredentialInfoEndpoint.HandleAsync);
        csc.MapPost("/credentials/authorize", AuthorizeEndpoint.HandleAsync);
        csc.MapPost("/signatures/signHash", SignHashEndpoint.HandleAsync);
        foreach (string method in NotOffered)
        {
            csc.Map(method, NotImplemented);
        }

        app.MapPost("/card/v1/pin", CardPinEndpoint.HandleAsync);
        app.MapGet(InfoEndpoint.LogoPath, InfoEndpoint.Logo);
        app.Map("/csc/{**unknown}", Unknown);
        app.Map("/card/{**unknown}", Unknown);
    }

    private static IResult NotImplemented() => throw new CscException(
        StatusCodes.Status501NotImplemented, CscErrors.InvalidRequest, "The method is not implemented by this service.");

    private static IResult Unknown() => throw new CscException(
        StatusCodes.Status400BadRequest,
        CscErrors.AccessDenied,
        "The user, authorization server or remote service denied the request.");
}
