using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Mvc;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Hosting;
using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Description;
using RemoteSigning.Server.Signing;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Enrollment;

/// <summary>The administration listener's interface, for registered operators only.</summary>
internal static partial class EnrollmentApi
{
    public const string Base = "/enrollment/v1";

    public static void MapEnrollment(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder api = app.MapGroup(Base).AddEndpointFilter(ExplainDatabaseAsync).AddEndpointFilter(DemandOperatorAsync);
        api.MapPost("/signers", AddSignerAsync);
        api.MapPost("/signers/{signer}/credentials", AddCredentialAsync);
        api.MapPut("/signers/{signer}/credentials/{id}/status", ChangeStatusAsync);
        api.MapDelete("/signers/{signer}/credentials/{id}", DeleteCredentialAsync);
        api.MapGet("/signers/{signer}/credentials/{id}/devices", ListDevicesAsync);
        api.MapPut("/reseal", StartResealAsync);
        api.MapGet("/reseal", async (Resealing resealing, CancellationToken cancel) => Progress(await resealing.FindAsync(cancel)));
        api.MapDelete("/reseal", async (Resealing resealing, CancellationToken cancel) => Progress(await resealing.PauseAsync(cancel)));
        api.MapGet("/receipts", FindReceiptAsync);
        api.MapApplications();
        api.MapDescription();
    }

    private static async Task<IResult> AddSignerAsync(HttpContext context, SignerRegistry signers, CancellationToken cancel)
    {
        SignerRequest request = await ReadAsync(context, EnrollmentJson.Default.SignerRequest, cancel);
        await signers.AddAsync(request, cancel);
        return Results.StatusCode(StatusCodes.Status201Created);
    }

    private static async Task<IResult> AddCredentialAsync(
        HttpContext context, string signer, EnrollmentCourse course, DeviceEnrollment devices, CancellationToken cancel)
    {
        CredentialRequest request = await ReadAsync(context, EnrollmentJson.Default.CredentialRequest, cancel);
        if (request.TermsDigest is not null || request.Policy == KeyPolicies.Device)
        {
            DevicesAwaited awaited = await devices.BeginAsync(signer, request, cancel);
            context.Response.Headers.CacheControl = "no-store";
            return Results.Json(awaited, EnrollmentJson.Default.DevicesAwaited, statusCode: StatusCodes.Status202Accepted);
        }

        CredentialCreated created = await course.RunAsync(signer, request, cancel);
        return Results.Json(created, EnrollmentJson.Default.CredentialCreated, statusCode: StatusCodes.Status201Created);
    }

    private static async Task<IResult> ChangeStatusAsync(
        HttpContext context, string signer, string id, CredentialLifecycle credentials, CancellationToken cancel)
    {
        CredentialStatusRequest request = await ReadAsync(context, EnrollmentJson.Default.CredentialStatusRequest, cancel);
        await credentials.ChangeStatusAsync(signer, id, request.Enabled, cancel);
        return Results.NoContent();
    }

    private static async Task<IResult> DeleteCredentialAsync(
        string signer, string id, CredentialLifecycle credentials, CancellationToken cancel)
    {
        await credentials.DeleteAsync(signer, id, cancel);
        return Results.NoContent();
    }

    private static async Task<IResult> ListDevicesAsync(string signer, string id, DeviceEnrollment devices, CancellationToken cancel) =>
        Results.Json(await devices.ListAsync(signer, id, cancel), EnrollmentJson.Default.EnrolledDevices);

    private static async Task<IResult> StartResealAsync(
        HttpContext context, Resealing resealing, ResealWorker worker, CancellationToken cancel)
    {
        ResealRequest request = await ReadAsync(context, EnrollmentJson.Default.ResealRequest, cancel);
        ResealProgress progress = await resealing.StartAsync(request, cancel);
        worker.Wake();
        return Progress(progress, StatusCodes.Status202Accepted);
    }

    private static IResult Progress(ResealProgress progress, int status = StatusCodes.Status200OK) =>
        Results.Json(progress, EnrollmentJson.Default.ResealProgress, statusCode: status);

    private static async Task<IResult> FindReceiptAsync([FromQuery] string? digest, ReceiptStore receipts, CancellationToken cancel)
    {
        byte[] bytes = Convert.FromHexString(digest ?? "");
        AuditReceipt receipt = await receipts.FindAsync(bytes, cancel)
            ?? throw new ProblemException(Problem.InvalidRequest, ProblemCodes.NotFound, "No signature over this digest is known.");
        return Results.Json(receipt, EnrollmentJson.Default.AuditReceipt);
    }

    private static async ValueTask<object?> ExplainDatabaseAsync(EndpointFilterInvocationContext call, EndpointFilterDelegate next)
    {
        try
        {
            return await next(call);
        }
        catch (Exception failure) when (failure is not ProblemException && PostgreSql.IsUnavailable(failure))
        {
            throw new ProblemException(
                Problem.Unavailable, ProblemCodes.ServiceUnavailable, PostgreSql.UnavailableText, failure.GetBaseException());
        }
    }

    private static ValueTask<object?> DemandOperatorAsync(EndpointFilterInvocationContext call, EndpointFilterDelegate next)
    {
        HttpContext context = call.HttpContext;
        Operators operators = context.RequestServices.GetRequiredService<Operators>();
        RegisteredClient caller = MutualTls.Caller(context, operators.Find)
            ?? throw new ProblemException(Problem.NotAllowed, ProblemCodes.CallerUnknown, "The caller is not registered.");
        LogCall(
            context.RequestServices.GetRequiredService<ILogger<Operators>>(), caller.Id, context.Request.Method, context.Request.Path);
        return next(call);
    }

    /// <exception cref="ProblemException">The body is not a JSON object.</exception>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type, CancellationToken cancel) =>
        context.Request.HasJsonContentType() && await JsonSerializer.DeserializeAsync(context.Request.Body, type, cancel) is { } request
            ? request
            : throw new ProblemException(Problem.InvalidRequest, ProblemCodes.Malformed, "The body must be a JSON object.");

    [LoggerMessage(6221, LogLevel.Information, "Operator {Operator}: {Method} {Path}")]
    private static partial void LogCall(ILogger logger, string @operator, string method, string path);
}
