using System.Text;
using Microsoft.AspNetCore.Mvc;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Enrollment;

namespace RemoteSigning.Server.Applications;

/// <summary>The operators' functions for applications.</summary>
internal static class ApplicationsApi
{
    /// <param name="api">The routes that only operators come to.</param>
    public static void MapApplications(this RouteGroupBuilder api)
    {
        api.MapPost("/applications", AddAsync);
        api.MapGet("/applications", ListAsync);
        api.MapPost("/applications/{clientId}/key", RotateKeyAsync);
        api.MapPut("/applications/{clientId}/limits", ChangeLimitsAsync);
        api.MapPut("/applications/{clientId}/status", ChangeStatusAsync);
        api.MapPut("/applications/{clientId}/response_uris", ChangeResponseUrisAsync);
        api.MapDelete("/applications/{clientId}", DeleteAsync);
        api.MapGet("/consumption", ExportAsync);
    }

    private static async Task<IResult> AddAsync(HttpContext context, ApplicationRegistry applications, CancellationToken cancel)
    {
        ApplicationRequest request = await EnrollmentApi.ReadAsync(context, EnrollmentJson.Default.ApplicationRequest, cancel);
        return Secret(context, await applications.AddAsync(request, cancel), StatusCodes.Status201Created);
    }

    private static async Task<IResult> ListAsync(ApplicationRegistry applications, CancellationToken cancel) =>
        Results.Json(await applications.ListAsync(cancel), EnrollmentJson.Default.IReadOnlyListApplication);

    private static async Task<IResult> RotateKeyAsync(
        HttpContext context, string clientId, ApplicationRegistry applications, CancellationToken cancel) =>
        Secret(context, await applications.RotateKeyAsync(clientId, cancel), StatusCodes.Status200OK);

    private static async Task<IResult> ChangeLimitsAsync(
        HttpContext context, string clientId, ApplicationRegistry applications, CancellationToken cancel)
    {
        ApplicationLimits limits = await EnrollmentApi.ReadAsync(context, EnrollmentJson.Default.ApplicationLimits, cancel);
        await applications.ChangeLimitsAsync(clientId, limits, cancel);
        return Results.NoContent();
    }

    private static async Task<IResult> ChangeStatusAsync(
        HttpContext context, string clientId, ApplicationRegistry applications, CancellationToken cancel)
    {
        ApplicationStatusRequest request = await EnrollmentApi.ReadAsync(context, EnrollmentJson.Default.ApplicationStatusRequest, cancel);
        await applications.ChangeStatusAsync(clientId, request.Enabled, cancel);
        return Results.NoContent();
    }

    private static async Task<IResult> ChangeResponseUrisAsync(
        HttpContext context, string clientId, ApplicationRegistry applications, CancellationToken cancel)
    {
        ResponseUris uris = await EnrollmentApi.ReadAsync(context, EnrollmentJson.Default.ResponseUris, cancel);
        await applications.ChangeResponseUrisAsync(clientId, uris, cancel);
        return Results.NoContent();
    }

    private static async Task<IResult> DeleteAsync(string clientId, ApplicationRegistry applications, CancellationToken cancel)
    {
        await applications.DeleteAsync(clientId, cancel);
        return Results.NoContent();
    }

    private static async Task<IResult> ExportAsync(
        [FromQuery] string? month, ConsumptionStore consumption, CancellationToken cancel)
    {
        if (!Months.TryRead(month, out DateOnly first))
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.Malformed, "The month is written YYYY-MM.");
        }

        IReadOnlyList<InvoiceLine> lines = await consumption.ListAsync(first, cancel);
        string table = string.Concat(lines.Select(l => $"{l}\r\n").Prepend($"{InvoiceLine.Header}\r\n"));
        return Results.Bytes(Encoding.UTF8.GetBytes(table), "text/csv; charset=utf-8; header=present", $"consumption-{month}.csv");
    }

    private static IResult Secret(HttpContext context, ApplicationCreated created, int status)
    {
        context.Response.Headers.CacheControl = "no-store";
        return Results.Json(created, EnrollmentJson.Default.ApplicationCreated, statusCode: status);
    }
}
