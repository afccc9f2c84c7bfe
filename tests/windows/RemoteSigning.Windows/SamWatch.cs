using RemoteSigning.Contracts.Audit;
using RemoteSigning.Interop;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Windows;

/// <summary>The digests that the SAM signed since a moment, by its audit log.</summary>
internal sealed class SamWatch(RunningSandbox sandbox)
{
    private readonly int _before = AuditLog.SignedRecords(sandbox).Count;

    /// <summary>In lower-case hex, in the order of the log.</summary>
    public IReadOnlyList<string> Digests =>
        [.. AuditLog.SignedRecords(sandbox).Skip(_before).SelectMany(r => r.Digests!).Select(d => d.Digest)]; // A signature's record has its digests.

    /// <summary>Fails unless the SAM signed these and no others, in whatever order.</summary>
    public void Expect(IEnumerable<byte[]> digests)
    {
        string[] expected = [.. digests.Select(Convert.ToHexStringLower).Order(StringComparer.Ordinal)];
        string[] found = [.. Digests.Order(StringComparer.Ordinal)];
        if (!expected.SequenceEqual(found))
        {
            throw new InteropException($"The SAM should have signed {string.Join(", ", expected)}; its log has {string.Join(", ", found)}.");
        }
    }
}
