using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace RemoteSigning.Sam.Keys;

/// <summary>The lowest valid version of a key. Small, because a node may remember a million of them.</summary>
/// <param name="Version">Objects below it are refused; <see cref="Deleted"/> refuses all.</param>
/// <param name="NotAfter">Unix seconds until which it matters; 0 when there is no certificate that would end.</param>
/// <param name="Digest">
/// Of the encoding of exactly this version; none when deleted, and when nodes that did not know of each other made different
/// objects of this version: then no object has it.
/// </param>
internal readonly record struct FloorEntry(int Version, long NotAfter, FloorDigest Digest)
{
    /// <summary>The version that no object reaches.</summary>
    public const int Deleted = int.MaxValue;

    private const string DeletedText = "deleted";

    public bool IsDeleted => Version == Deleted;

    /// <summary>
    /// What holds when both hold: the higher version; of two objects of one version neither. The order of joining, and
    /// how often, makes no difference, so lists that heard the same entries are equal.
    /// </summary>
    public static FloorEntry Join(FloorEntry one, FloorEntry other) => one.Version != other.Version
        ? (one.Version > other.Version ? one : other)
        : new FloorEntry(
            one.Version, Math.Max(one.NotAfter, other.NotAfter), one.Digest == other.Digest ? one.Digest : default);

    /// <summary><c>KEY_ID VERSION|deleted NOT_AFTER DIGEST</c>.</summary>
    public string ToLine(UInt128 key) => string.Create(
        CultureInfo.InvariantCulture, $"{key:x32} {(IsDeleted ? DeletedText : Version)} {NotAfter} {Digest}");

    /// <summary>Reads exactly what <see cref="ToLine"/> writes.</summary>
    public static bool TryParse(string line, out UInt128 key, out FloorEntry entry)
    {
        (key, entry) = (default, default);
        string[] parts = line.Split(' ');
        int version = Deleted;
        if (parts.Length != 4
            || !UInt128.TryParse(parts[0], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out key)
            || !(parts[1] == DeletedText || (int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out version) && version > 0))
            || !long.TryParse(parts[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long notAfter)
            || !FloorDigest.TryParse(Encoding.UTF8.GetBytes(parts[3]), out FloorDigest digest))
        {
            return false;
        }

        entry = new FloorEntry(version, notAfter, digest);
        return entry.ToLine(key) == line;
    }

    /// <summary>SHA-256 over key and entry.</summary>
    public FloorDigest HashWith(UInt128 key)
    {
        Span<byte> bytes = stackalloc byte[60];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, key);
        BinaryPrimitives.WriteInt32BigEndian(bytes[16..], Version);
        BinaryPrimitives.WriteInt64BigEndian(bytes[20..], NotAfter);
        BinaryPrimitives.WriteUInt128BigEndian(bytes[28..], Digest.High);
        BinaryPrimitives.WriteUInt128BigEndian(bytes[44..], Digest.Low);
        return FloorDigest.Of(SHA256.HashData(bytes));
    }
}
