using System.Buffers.Binary;

namespace RemoteSigning.Sam.Keys;

/// <summary>A SHA-256 value in 32 bytes of its own; the default is none.</summary>
internal readonly record struct FloorDigest(UInt128 High, UInt128 Low)
{
    private const string None = "-";

    public static FloorDigest Of(ReadOnlySpan<byte> sha256) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(sha256), BinaryPrimitives.ReadUInt128BigEndian(sha256[16..]));

    public static FloorDigest operator ^(FloorDigest one, FloorDigest other) => new(one.High ^ other.High, one.Low ^ other.Low);

    /// <summary>Reads 64 lower-case hex digits, or <c>-</c>.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out FloorDigest digest)
    {
        digest = default;
        if (text.SequenceEqual("-"u8))
        {
            return true;
        }

        Span<byte> bytes = stackalloc byte[32];
        if (text.Length != 64 || Convert.FromHexString(text, bytes, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            return false;
        }

        digest = Of(bytes);
        return true;
    }

    public override string ToString()
    {
        if (this == default)
        {
            return None;
        }

        Span<byte> bytes = stackalloc byte[32];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt128BigEndian(bytes[16..], Low);
        return Convert.ToHexStringLower(bytes);
    }
}
