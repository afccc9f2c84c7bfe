namespace RemoteSigning.Sam.Keys;

/// <summary>The lowest valid version of a key.</summary>
/// <param name="Version">Objects below it are refused; <see cref="Deleted"/> refuses all.</param>
/// <param name="NotAfter">Unix seconds until which it matters; 0 when there is no certificate that would end.</param>
/// <param name="Digest">SHA-256 of the encoding of exactly this version, lower-case hex; <c>-</c> when deleted.</param>
internal sealed record FloorEntry(int Version, long NotAfter, string Digest)
{
    /// <summary>The version that no object reaches.</summary>
    public const int Deleted = int.MaxValue;

    public bool IsDeleted => Version == Deleted;
}
