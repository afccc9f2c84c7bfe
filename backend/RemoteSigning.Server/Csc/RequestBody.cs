using Microsoft.AspNetCore.Http.Features;
using RemoteSigning.Hosting;

namespace RemoteSigning.Server.Csc;

/// <summary>
/// Reads a body up to the size that our interfaces take. Of a larger one the rest is read and thrown away, within
/// bounds: a client that is still sending when the connection closes never hears why.
/// </summary>
internal static class RequestBody
{
    private const long MostThrownAway = 16 << 20;

    public static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpContext context, CancellationToken cancel)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = MostThrownAway;
        }

        using var kept = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        long total = 0;
        int count;
        while ((count = await context.Request.Body.ReadAsync(buffer, cancel)) > 0)
        {
            total += count;
            if (total <= ServiceHost.MaximumBody)
            {
                kept.Write(buffer, 0, count);
            }
        }

        return total <= ServiceHost.MaximumBody
            ? kept.ToArray()
            : throw new CscException(StatusCodes.Status413PayloadTooLarge, CscErrors.InvalidRequest, CscErrors.TooLargeText);
    }
}
