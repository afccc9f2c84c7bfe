using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace RemoteSigning.Server.Csc;

/// <summary>Successful answers: JSON that no cache may keep.</summary>
internal static class CscAnswer
{
    public static IResult Json<T>(HttpContext context, T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK)
    {
        context.Response.StatusCode = status;
        context.Response.Headers.CacheControl = "no-store";
        return Results.Bytes(JsonSerializer.SerializeToUtf8Bytes(value, type), "application/json");
    }
}
