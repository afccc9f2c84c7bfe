using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace RemoteSigning.Cryptoki.Tests;

/// <summary>Runs something on several threads at once, and fails as the first of them did.</summary>
internal static class Threads
{
    public static void Run(int count, Action<int> body)
    {
        var failures = new ConcurrentQueue<Exception>();
        using var start = new Barrier(count);
        Thread[] threads = [.. Enumerable.Range(0, count).Select(i => new Thread(() =>
        {
            start.SignalAndWait();
            try
            {
                body(i);
            }
            catch (Exception e)
            {
                failures.Enqueue(e);
            }
        }))];
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        if (failures.TryDequeue(out Exception? first))
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }
}
