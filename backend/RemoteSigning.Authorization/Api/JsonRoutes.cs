using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using RemoteSigning.Contracts;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary>Routes of one role: who calls is known before a byte of the body is read.</summary>
internal sealed class JsonRoutes(IEndpointRouteBuilder routes, string prefix, ClientRegistry clients, string role)
{
    /// <summary>A function that answers with <typeparamref name="TAnswer"/>.</summary>
    public void Post<TRequest, TAnswer>(
        string path,
        JsonTypeInfo<TRequest> request,
        JsonTypeInfo<TAnswer> answer,
        int status,
        Func<RegisteredClient, TRequest, CancellationToken, Task<TAnswer>> act) =>
        routes.MapPost(prefix + path, async context =>
        {
            RegisteredClient caller = Caller(context);
            TRequest body = await ReadAsync(context, request);
            TAnswer result = await act(caller, body, context.RequestAborted);
            context.Response.StatusCode = status;
            context.Response.Headers.CacheControl = "no-store";
            await context.Response.WriteAsJsonAsync(result, answer, cancellationToken: context.RequestAborted);
        });

    /// <summary>A function that answers with its status alone.</summary>
    public void Post<TRequest>(
        string path, JsonTypeInfo<TRequest> request, int status, Func<RegisteredClient, TRequest, CancellationToken, Task> act) =>
        routes.MapPost(prefix + path, async context =>
        {
            RegisteredClient caller = Caller(context);
            TRequest body = await ReadAsync(context, request);
            await act(caller, body, context.RequestAborted);
            context.Response.StatusCode = status;
        });

    /// <summary>A function on the thing that the path's only parameter names.</summary>
    public void Put<TRequest>(
        string path,
        string parameter,
        JsonTypeInfo<TRequest> request,
        int status,
        Func<RegisteredClient, string, TRequest, CancellationToken, Task> act) =>
        routes.MapPut(prefix + path, async context =>
        {
            RegisteredClient caller = Caller(context);
            TRequest body = await ReadAsync(context, request);
            await act(caller, context.Request.RouteValues[parameter] as string ?? "", body, context.RequestAborted);
            context.Response.StatusCode = status;
        });

    private static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
    {
        if (!context.Request.HasJsonContentType())
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.Malformed, "The content type must be application/json.");
        }

        return await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted)
            ?? throw new ProblemException(Problem.InvalidRequest, ProblemCodes.Malformed, "The request is not what this function takes.");
    }

    private RegisteredClient Caller(HttpContext context)
    {
        RegisteredClient caller = MutualTls.Caller(context, clients.Find)
            ?? throw new ProblemException(Problem.NotAllowed, ProblemCodes.CallerUnknown, "The certificate is not registered.");
        return caller.Role == role
            ? caller
            : throw new ProblemException(
                Problem.NotAllowed, ProblemCodes.RoleForbidden, $"This function is for the role {role}.");
    }
}
