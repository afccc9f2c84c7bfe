using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace RemoteSigning.Agent.Core.Pipe;

/// <summary>Writes the fields of a payload in order; the calls chain.</summary>
internal sealed class PayloadWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public int Length => _bytes.WrittenCount;

    public PayloadWriter U8(byte value) => Raw([value]);

    public PayloadWriter U16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(_bytes.GetSpan(2), value);
        _bytes.Advance(2);
        return this;
    }

    public PayloadWriter U32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.GetSpan(4), value);
        _bytes.Advance(4);
        return this;
    }

    public PayloadWriter U64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.GetSpan(8), value);
        _bytes.Advance(8);
        return this;
    }

    public PayloadWriter Raw(ReadOnlySpan<byte> value)
    {
        _bytes.Write(value);
        return this;
    }

    public PayloadWriter Bytes(ReadOnlySpan<byte> value) => U32((uint)value.Length).Raw(value);

    public PayloadWriter Text(string value) => Bytes(Encoding.UTF8.GetBytes(value));

    public PayloadWriter List<T>(IReadOnlyCollection<T> items, Action<PayloadWriter, T> write)
    {
        U16((ushort)items.Count);
        foreach (T item in items)
        {
            write(this, item);
        }

        return this;
    }

    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();
}
