using System.Buffers.Binary;
using System.Text;

namespace RemoteSigning.Agent.Core.Pipe;

/// <summary>Reads the fields of a payload in order; whoever is done calls <see cref="End"/>.</summary>
/// <remarks>Every method throws <see cref="FrameException"/> when the payload is too short or not what is asked for.</remarks>
internal sealed class PayloadReader(ReadOnlyMemory<byte> payload)
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private ReadOnlyMemory<byte> _rest = payload;

    public byte U8() => Take(1)[0];

    public ushort U16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public uint U32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong U64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public byte[] Raw(int length) => Take(length).ToArray();

    public byte[] Bytes() => Take(Length()).ToArray();

    /// <summary>Like <see cref="Bytes"/>, but not a copy: it is gone when the frame's payload is zeroed.</summary>
    public ReadOnlyMemory<byte> View()
    {
        int length = Length();
        ReadOnlyMemory<byte> view = _rest;
        Take(length);
        return view[..length];
    }

    public string Text()
    {
        try
        {
            string text = Strict.GetString(Take(Length()));
            return text.Contains('\0', StringComparison.Ordinal) ? throw new FrameException("A text holds NUL.") : text;
        }
        catch (DecoderFallbackException)
        {
            throw new FrameException("A text is not UTF-8.");
        }
    }

    public List<T> List<T>(Func<PayloadReader, T> item)
    {
        int count = U16();
        var list = new List<T>();
        for (int i = 0; i < count; i++)
        {
            list.Add(item(this));
        }

        return list;
    }

    public void End()
    {
        if (_rest.Length > 0)
        {
            throw new FrameException($"{_rest.Length} bytes are left over.");
        }
    }

    private int Length()
    {
        uint length = U32();
        return length <= (uint)_rest.Length ? (int)length : throw new FrameException("A field is longer than its frame.");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
        {
            throw new FrameException("The payload ends too early.");
        }

        ReadOnlySpan<byte> taken = _rest.Span[..count];
        _rest = _rest[count..];
        return taken;
    }
}
