using System.Buffers;
using System.IO.Pipelines;
using RemoteSigning.Contracts;

namespace RemoteSigning.Pki;

/// <summary>Reads small request bodies whole.</summary>
internal static class Bodies
{
    /// <exception cref="ProblemException">The body is longer than <paramref name="maximum"/> bytes.</exception>
    public static async Task<byte[]> ReadAsync(HttpContext context, int maximum, CancellationToken cancel)
    {
        PipeReader reader = context.Request.BodyReader;
        while (true)
        {
            ReadResult result = await reader.ReadAsync(cancel);
            if (result.Buffer.Length > maximum)
            {
                throw new ProblemException(Problem.InvalidRequest, ProblemCodes.TooLarge, "The request is too large.");
            }

            if (result.IsCompleted)
            {
                byte[] body = result.Buffer.ToArray();
                reader.AdvanceTo(result.Buffer.End);
                return body;
            }

            reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }
}
