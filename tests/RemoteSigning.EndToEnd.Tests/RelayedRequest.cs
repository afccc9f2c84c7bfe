using System.Buffers.Binary;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>A request of the card protocol as it went over the socket (<c>docs/card-protocol.md</c>).</summary>
internal sealed record RelayedRequest(ushort Verb, byte[] Frame)
{
    public const ushort Login = 3;
    public const ushort Sign = 5;

    private const int LengthField = 4;
    private const int HeaderLength = 8;

    public static IReadOnlyList<RelayedRequest> Split(byte[] stream)
    {
        var requests = new List<RelayedRequest>();
        for (int at = 0; at < stream.Length;)
        {
            int length = LengthField + BinaryPrimitives.ReadInt32LittleEndian(stream.AsSpan(at));
            byte[] frame = stream.AsSpan(at, length).ToArray();
            requests.Add(new RelayedRequest(BinaryPrimitives.ReadUInt16LittleEndian(frame.AsSpan(LengthField + 2)), frame));
            at += length;
        }

        return requests;
    }

    /// <summary>The PIN and the digest of a SIGN request.</summary>
    public (byte[] Pin, byte[] Digest) SignFields()
    {
        int at = LengthField + HeaderLength;
        _ = Bytes(ref at); // credential
        at += 1 + 1 + 2 + 1 + 8; // scheme, hash, salt length, flags, window
        byte[] pin = Bytes(ref at);
        byte[] digest = Bytes(ref at);
        return at == Frame.Length ? (pin, digest) : throw new InvalidDataException("A SIGN request has bytes left.");
    }

    private byte[] Bytes(ref int at)
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(Frame.AsSpan(at));
        byte[] bytes = Frame.AsSpan(at + 4, length).ToArray();
        at += 4 + length;
        return bytes;
    }
}
