using System.Security.Cryptography;

namespace RemoteSigning.Hosting;

/// <summary>
/// A public key that is used again and again, by many threads. Key objects of .NET are not promised to be safe for concurrent use,
/// and making one takes longer than verifying with it, so the last one used is kept.
/// </summary>
internal sealed class KeptKey<TKey>(Func<TKey> make)
    where TKey : AsymmetricAlgorithm
{
    private TKey? _idle;

    /// <param name="use">Must not keep the key.</param>
    public TResult Use<TResult>(Func<TKey, TResult> use)
    {
        TKey key = Interlocked.Exchange(ref _idle, null) ?? make();
        try
        {
            return use(key);
        }
        finally
        {
            Interlocked.Exchange(ref _idle, key)?.Dispose();
        }
    }
}
