using RemoteSigning.Contracts;
using RemoteSigning.Hosting;

namespace RemoteSigning.Sam.Api;

/// <summary>The body of one request, at most <see cref="ServiceHost.MaximumBody"/> bytes, in pinned memory that is wiped.</summary>
internal sealed class RequestBody : IDisposable
{
    private WipedBuffer _buffer = WipedBuffer.Rent(WipedBuffer.UsualLength);
    private int _length;

    private RequestBody()
    {
    }

    /// <summary>The exact bytes.</summary>
    public ReadOnlySpan<byte> Span => _buffer.Span[.._length];

    /// <exception cref="BadHttpRequestException">It is too long (413), or did not arrive whole.</exception>
    public static async Task<RequestBody> ReadAsync(HttpRequest request, CancellationToken cancel)
    {
        var body = new RequestBody();
        try
        {
            for (int read = -1; read != 0; body._length += read)
            {
                body.MakeRoom();
                read = await request.Body.ReadAsync(body._buffer.Memory[body._length..], cancel);
            }

            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose() => _buffer.Dispose();

    /// <summary>What a caller says of the length is not believed: the buffer doubles as bytes arrive.</summary>
    private void MakeRoom()
    {
        if (_length > ServiceHost.MaximumBody)
        {
            throw new BadHttpRequestException("The body is too long.", StatusCodes.Status413PayloadTooLarge);
        }

        if (_length < _buffer.Memory.Length)
        {
            return;
        }

        WipedBuffer longer = WipedBuffer.Rent(2 * _length);
        Span.CopyTo(longer.Span);
        _buffer.Dispose();
        _buffer = longer;
    }
}
