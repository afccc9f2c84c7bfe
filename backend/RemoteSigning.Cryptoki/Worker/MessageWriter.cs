using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace RemoteSigning.Cryptoki.Worker;

/// <summary>Writes the body of a message: numbers are little-endian, texts UTF-8, and what has no fixed length stands behind its length (u32).</summary>
internal sealed class MessageWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new(256);

    public ReadOnlySpan<byte> Body => _buffer.WrittenSpan;

    public MessageWriter Byte(byte value)
    {
        _buffer.Write([value]);
        return this;
    }

    public MessageWriter Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    public MessageWriter Number(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_buffer.GetSpan(sizeof(uint)), value);
        _buffer.Advance(sizeof(uint));
        return this;
    }

    public MessageWriter Long(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_buffer.GetSpan(sizeof(ulong)), value);
        _buffer.Advance(sizeof(ulong));
        return this;
    }

    public MessageWriter Bytes(ReadOnlySpan<byte> value)
    {
        Number((uint)value.Length);
        _buffer.Write(value);
        return this;
    }

    public MessageWriter Text(string value) => Bytes(Encoding.UTF8.GetBytes(value));

    public MessageWriter Raw(ReadOnlySpan<byte> value)
    {
        _buffer.Write(value);
        return this;
    }
}
