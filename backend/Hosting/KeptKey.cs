using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace RemoteSigning.Hosting;

/// <summary>
/// A public key that is used again and again, by many threads. Key objects of .NET are not promised to be safe for concurrent use,
/// and making one can take longer than verifying with it, so used ones are kept: as many as were in use at the same time.
/// </summary>
internal sealed class KeptKey<TKey>(Func<TKey> make)
    where TKey : AsymmetricAlgorithm
{
    private readonly ConcurrentStack<TKey> _idle = [];

    /// <param name="use">Must not keep the key.</param>
    public TResult Use<TResult>(Func<TKey, TResult> use)
    {
        if (!_idle.TryPop(out TKey? key))
        {
            key = make();
        }

        try
        {
            return use(key);
        }
        finally
        {
            _idle.Push(key);
        }
    }
}
