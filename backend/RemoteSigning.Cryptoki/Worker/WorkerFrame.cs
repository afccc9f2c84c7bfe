using System.Buffers;
using System.Buffers.Binary;

namespace RemoteSigning.Cryptoki.Worker;

/// <summary>
/// One message between the service and its HSM worker, the same in both directions, little-endian:
/// <code>
/// u32 length of what follows, 5 to 4 MiB
/// u32 id: the answer has that of its request; 0 for what answers nothing
/// u8  WorkerVerb of a request, WorkerOutcome of an answer
///     body
/// </code>
/// </summary>
/// <param name="Kind"><see cref="WorkerVerb"/> or <see cref="WorkerOutcome"/>.</param>
internal sealed record WorkerFrame(uint Id, byte Kind, ReadOnlyMemory<byte> Body)
{
    /// <summary>Longest frame without its length: 1,000 signatures of RSA-4096 are an eighth of it.</summary>
    public const int MostBytes = 4 << 20;

    private const int HeaderLength = sizeof(uint) + 1;

    /// <exception cref="ArgumentException">The body is too long; nothing was sent.</exception>
    public static void Write(Stream stream, uint id, byte kind, ReadOnlySpan<byte> body)
    {
        int length = HeaderLength + body.Length;
        if (length > MostBytes)
        {
            throw new ArgumentException($"A message to the HSM worker has {MostBytes} bytes at most.", nameof(body));
        }

        byte[] frame = ArrayPool<byte>.Shared.Rent(sizeof(uint) + length);
        try
        {
            BinaryPrimitives.WriteUInt32LittleEndian(frame, (uint)length);
            BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(sizeof(uint)), id);
            frame[sizeof(uint) + sizeof(uint)] = kind;
            body.CopyTo(frame.AsSpan(sizeof(uint) + HeaderLength));
            stream.Write(frame, 0, sizeof(uint) + length);
            stream.Flush();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(frame);
        }
    }

    /// <summary>Null at the end of the stream, if that is between two frames.</summary>
    /// <exception cref="InvalidDataException">The length is not one.</exception>
    /// <exception cref="EndOfStreamException">The stream ends within a frame.</exception>
    public static WorkerFrame? Read(Stream stream)
    {
        Span<byte> prefix = stackalloc byte[sizeof(uint)];
        int read = stream.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false);
        if (read == 0)
        {
            return null;
        }

        if (read < prefix.Length)
        {
            throw new EndOfStreamException();
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(prefix);
        if (length is < HeaderLength or > MostBytes)
        {
            throw MessageReader.Malformed($"a frame of {length} bytes");
        }

        byte[] frame = new byte[length];
        stream.ReadExactly(frame);
        return new WorkerFrame(BinaryPrimitives.ReadUInt32LittleEndian(frame), frame[sizeof(uint)], frame.AsMemory(HeaderLength));
    }
}
