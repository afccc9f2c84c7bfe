namespace RemoteSigning.Sam.Keys;

/// <summary>The lowest valid version of a key. Small, because a node may remember a million of them.</summary>
/// <param name="Version">Objects below it are refused; <see cref="Deleted"/> refuses all.</param>
/// <param name="NotAfter">Unix seconds until which it matters; 0 when there is no certificate that would end.</param>
/// <param name="Digest">Of the encoding of exactly this version; none when deleted.</param>
internal readonly record struct FloorEntry(int Version, long NotAfter, FloorDigest Digest)
{
    /// <summary>The version that no object reaches.</summary>
    public const int Deleted = int.MaxValue;

    public bool IsDeleted => Version == Deleted;
}
