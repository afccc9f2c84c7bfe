using System.Buffers.Binary;

namespace RemoteSigning.Agent.Core.Pipe;

/// <summary>
/// Frames over a byte stream, capped in both directions:
/// <c>u32 length, u16 version, u16 verb, u32 request id, payload</c>, little-endian.
/// </summary>
internal sealed class FrameStream(Stream stream, int readCap, int writeCap) : IAsyncDisposable
{
    private const int LengthField = 4;
    private const int Header = 8;

    /// <summary>The next frame; null when the other side closed between two frames.</summary>
    /// <exception cref="FrameException">The length is out of bounds, or the stream ends inside a frame.</exception>
    public async Task<CardFrame?> ReadAsync(CancellationToken cancellation)
    {
        byte[] head = new byte[LengthField + Header];
        int got = await stream.ReadAtLeastAsync(head, LengthField, throwOnEndOfStream: false, cancellation);
        if (got == 0)
        {
            return null;
        }

        if (got < LengthField)
        {
            throw new FrameException("The stream ended inside a frame.");
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(head);
        if (length < Header || length > readCap)
        {
            throw new FrameException($"A frame of {length} bytes is outside the limits.");
        }

        await FillAsync(head.AsMemory(got), cancellation);
        // Pinned, because a request may hold a PIN that is zeroed after use.
        byte[] payload = GC.AllocateUninitializedArray<byte>((int)length - Header, pinned: true);
        await FillAsync(payload, cancellation);
        return new CardFrame(
            BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(4)),
            BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(6)),
            BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(8)),
            payload);
    }

    public async Task WriteAsync(CardFrame frame, CancellationToken cancellation)
    {
        int length = Header + frame.Payload.Length;
        if (length > writeCap)
        {
            throw new InvalidOperationException($"A frame of {length} bytes may not be sent.");
        }

        byte[] bytes = new byte[LengthField + length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)length);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), frame.Version);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), frame.Verb);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), frame.RequestId);
        frame.Payload.CopyTo(bytes, LengthField + Header);
        await stream.WriteAsync(bytes, cancellation);
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private async Task FillAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        if (await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation) < buffer.Length)
        {
            throw new FrameException("The stream ended inside a frame.");
        }
    }
}
