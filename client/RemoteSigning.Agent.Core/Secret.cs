using System.Security.Cryptography;
using System.Text;

namespace RemoteSigning.Agent.Core;

/// <summary>
/// A PIN, one-time code or password: pinned, so that the collector leaves no copies behind, and zeroed when disposed.
/// What goes into a request to the server is a copy that lives for that request.
/// </summary>
public sealed class Secret : IDisposable
{
    private readonly byte[] _utf8;

    /// <param name="utf8">Copied; zeroing the original is the caller's part.</param>
    public Secret(ReadOnlySpan<byte> utf8)
    {
        _utf8 = GC.AllocateUninitializedArray<byte>(utf8.Length, pinned: true);
        utf8.CopyTo(_utf8);
    }

    public Secret(ReadOnlySpan<char> text)
    {
        _utf8 = GC.AllocateUninitializedArray<byte>(Encoding.UTF8.GetByteCount(text), pinned: true);
        Encoding.UTF8.GetBytes(text, _utf8);
    }

    public Secret Copy() => new(_utf8);

    /// <summary>The text itself, for the one place that must send it.</summary>
    public string Reveal() => Encoding.UTF8.GetString(_utf8);

    public void Dispose() => CryptographicOperations.ZeroMemory(_utf8);

    public override string ToString() => "***";
}
