using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace RemoteSigning.Contracts;

/// <summary>
/// Pinned memory for what must not outlive its use: the collector leaves no copy of it behind, and <see cref="Dispose"/> wipes
/// it. Short ones are kept for the next use, as each pinned array is work for the collector.
/// </summary>
public sealed class WipedBuffer : IDisposable
{
    /// <summary>Bytes of the buffers that are kept: what a request of one signature needs, and more.</summary>
    public const int UsualLength = 16 * 1024;

    private const int MostIdle = 64;

    private static readonly ConcurrentQueue<byte[]> Idle = [];

    private byte[]? _bytes;

    private WipedBuffer(byte[] bytes) => _bytes = bytes;

    /// <summary>The whole buffer; it is at least as long as was asked for.</summary>
    /// <exception cref="ObjectDisposedException">It was wiped.</exception>
    public Memory<byte> Memory => _bytes ?? throw new ObjectDisposedException(nameof(WipedBuffer));

    /// <inheritdoc cref="Memory"/>
    public Span<byte> Span => Memory.Span;

    /// <param name="length">Bytes that it has at least; all are zero.</param>
    public static WipedBuffer Rent(int length)
    {
        if (length > UsualLength)
        {
            return new WipedBuffer(GC.AllocateArray<byte>(length, pinned: true));
        }

        return new WipedBuffer(Idle.TryDequeue(out byte[]? idle) ? idle : GC.AllocateArray<byte>(UsualLength, pinned: true));
    }

    /// <summary>Wipes it. Nobody may use its memory any more.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _bytes, null) is not { } bytes)
        {
            return;
        }

        CryptographicOperations.ZeroMemory(bytes);
        if (bytes.Length == UsualLength && Idle.Count < MostIdle)
        {
            Idle.Enqueue(bytes);
        }
    }
}
