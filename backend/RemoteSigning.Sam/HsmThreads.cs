using System.Collections.Concurrent;

namespace RemoteSigning.Sam;

/// <summary>
/// Threads that may block in the HSM or on the floor list, as many as there are sessions for signers' keys,
/// so that the threads that serve connections never wait for it.
/// </summary>
internal sealed class HsmThreads : IDisposable
{
    private readonly BlockingCollection<Action> _queue = [];
    private readonly List<Thread> _threads = [];

    public HsmThreads(int count)
    {
        for (int i = 0; i < count; i++)
        {
            var thread = new Thread(Work) { IsBackground = true, Name = $"hsm {i}" };
            thread.Start();
            _threads.Add(thread);
        }
    }

    /// <summary>Runs the work in its turn; what it throws is thrown here.</summary>
    public Task<T> RunAsync<T>(Func<T> work)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _queue.Add(() =>
        {
            try
            {
                result.SetResult(work());
            }
#pragma warning disable CA1031 // Not swallowed: it goes to whoever waits for the result.
            catch (Exception e)
#pragma warning restore CA1031
            {
                result.SetException(e);
            }
        });
        return result.Task;
    }

    public void Dispose()
    {
        _queue.CompleteAdding();
        _threads.ForEach(t => t.Join());
        _queue.Dispose();
    }

    private void Work()
    {
        foreach (Action action in _queue.GetConsumingEnumerable())
        {
            action();
        }
    }
}
