using System.Buffers.Binary;
using System.Text;

namespace RemoteSigning.Cryptoki.Worker;

/// <summary>Reads what <see cref="MessageWriter"/> writes, and nothing else: each refusal is an <see cref="InvalidDataException"/>.</summary>
internal sealed class MessageReader(ReadOnlyMemory<byte> body)
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private ReadOnlyMemory<byte> _rest = body;

    public byte Byte() => Take(1)[0];

    public bool Flag() => Byte() switch
    {
        0 => false,
        1 => true,
        _ => throw Malformed("a flag is 0 or 1"),
    };

    public uint Number() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    public ulong Long() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    /// <param name="most">Bytes; more is refused.</param>
    public byte[] Bytes(int most) => Take(Count(most)).ToArray();

    /// <param name="most">Bytes of UTF-8; more is refused.</param>
    public string Text(int most)
    {
        try
        {
            return Strict.GetString(Take(Count(most)));
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException("A message of the HSM worker is malformed: a text is not UTF-8.", e);
        }
    }

    /// <summary>A number of things that follow.</summary>
    public int Count(int most)
    {
        uint count = Number();
        return count <= most ? (int)count : throw Malformed($"{count} is more than {most}");
    }

    /// <summary>Refuses what is left over.</summary>
    public void End()
    {
        if (!_rest.IsEmpty)
        {
            throw Malformed($"{_rest.Length} bytes are left over");
        }
    }

    public static InvalidDataException Malformed(string what) => new($"A message of the HSM worker is malformed: {what}.");

    private ReadOnlySpan<byte> Take(int length)
    {
        if (_rest.Length < length)
        {
            throw Malformed("it ends too early");
        }

        ReadOnlySpan<byte> taken = _rest.Span[..length];
        _rest = _rest[length..];
        return taken;
    }
}
