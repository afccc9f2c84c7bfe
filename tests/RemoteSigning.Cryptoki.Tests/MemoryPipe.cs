namespace RemoteSigning.Cryptoki.Tests;

/// <summary>A pipe within a process, both of whose ends end with <see cref="Break"/>.</summary>
internal sealed class MemoryPipe : Stream
{
    private readonly object _gate = new();
    private readonly Queue<byte[]> _written = new();
    private ReadOnlyMemory<byte> _first;
    private bool _isBroken;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public void Break()
    {
        lock (_gate)
        {
            _isBroken = true;
            Monitor.PulseAll(_gate);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        lock (_gate)
        {
            while (_first.IsEmpty && _written.Count == 0 && !_isBroken)
            {
                Monitor.Wait(_gate);
            }

            if (_first.IsEmpty && _written.TryDequeue(out byte[]? next))
            {
                _first = next;
            }

            int length = Math.Min(buffer.Length, _first.Length);
            _first.Span[..length].CopyTo(buffer);
            _first = _first[length..];
            return length;
        }
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        lock (_gate)
        {
            if (_isBroken)
            {
                throw new IOException("Broken pipe.");
            }

            _written.Enqueue(buffer.AsSpan(offset, count).ToArray());
            Monitor.PulseAll(_gate);
        }
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        Break();
        base.Dispose(disposing);
    }
}
