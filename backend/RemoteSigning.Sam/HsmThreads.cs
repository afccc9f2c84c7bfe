using System.Diagnostics;
using RemoteSigning.Contracts;

namespace RemoteSigning.Sam;

/// <summary>
/// Threads that may block in the HSM or on the floor list, as many as there are sessions for signers' keys,
/// so that the threads that serve connections never wait for it. What waits is bounded in number and in time: an HSM that is
/// slow or hangs is answered by a refusal.
/// </summary>
internal sealed class HsmThreads : IDisposable
{
    private readonly BlockingQueue<Work> _queue;
    private readonly List<Thread> _threads = [];
    private readonly List<Work> _running = [];
    private readonly TimeSpan _deadline;
    private readonly TimeProvider _clock;
    private readonly ITimer _watch;

    /// <param name="mostWaiting">Requests that may wait for a thread; more are refused at once.</param>
    /// <param name="deadline">How long a request may wait, and then how long the HSM may work for it.</param>
    public HsmThreads(int count, int mostWaiting, TimeSpan deadline, TimeProvider clock)
    {
        _queue = new BlockingQueue<Work>(mostWaiting);
        _deadline = deadline;
        _clock = clock;
        for (int i = 0; i < count; i++)
        {
            var thread = new Thread(Run) { IsBackground = true, Name = $"hsm {i}" };
            thread.Start();
            _threads.Add(thread);
        }

        _watch = clock.CreateTimer(_ => FailOverdue(), null, deadline / 4, deadline / 4);
    }

    /// <summary>Requests that wait for a thread.</summary>
    public int Waiting => _queue.Count;

    /// <summary>Requests that have one.</summary>
    public int Running
    {
        get
        {
            lock (_running)
            {
                return _running.Count;
            }
        }
    }

    /// <summary>
    /// Runs the work in its turn; what it throws is thrown here. What awaits it goes on in the HSM's thread, so it must not
    /// block: it is on its way to the audit log.
    /// </summary>
    /// <exception cref="ProblemException">
    /// <c>hsm_busy</c>: the work was not begun and never will be. <c>hsm_unavailable</c>: the HSM did not end it in time;
    /// whatever may still come of it is dropped.
    /// </exception>
    public Task<T> RunAsync<T>(Func<T> work)
    {
        var item = new Work<T>(work, _clock.GetTimestamp());
        return _queue.TryAdd(item) ? item.Task : throw Refusals.Create(ProblemCodes.HsmBusy, "too many requests wait for the HSM");
    }

    /// <summary>Ends when all that was taken on is done; a thread that hangs in the HSM ends with the process.</summary>
    public void Dispose()
    {
        _queue.Complete();
        foreach (Thread thread in _threads)
        {
            thread.Join(_deadline);
        }

        _watch.Dispose();
    }

    private void Run()
    {
        while (_queue.TryTake(out Work? work))
        {
            if (IsOverdue(work))
            {
                work.Fail(Busy());
                continue;
            }

            lock (_running)
            {
                work.Since = _clock.GetTimestamp();
                _running.Add(work);
            }

            Activity.Current = work.Span;
            work.Run();
            Activity.Current = null;
            lock (_running)
            {
                _running.Remove(work);
            }
        }
    }

    private bool IsOverdue(Work work) => _clock.GetElapsedTime(work.Since) > _deadline;

    private void FailOverdue()
    {
        while (_queue.TryTakeIf(IsOverdue, out Work? waiting))
        {
            waiting.Fail(Busy());
        }

        Work[] hanging;
        lock (_running)
        {
            hanging = [.. _running.Where(IsOverdue)];
        }

        foreach (Work work in hanging)
        {
            work.Fail(Refusals.Create(ProblemCodes.HsmUnavailable, $"the HSM did not answer for {_deadline.TotalSeconds} s"));
        }
    }

    private ProblemException Busy() => Refusals.Create(ProblemCodes.HsmBusy, $"no thread was free for {_deadline.TotalSeconds} s");

    private abstract class Work(long since)
    {
        /// <summary>When it began to wait, then when it began to run.</summary>
        public long Since { get; set; } = since;

        /// <summary>In which span of a trace the work was asked for.</summary>
        public Activity? Span { get; } = Activity.Current;

        public abstract void Run();

        public abstract void Fail(Exception cause);
    }

    private sealed class Work<T>(Func<T> work, long since) : Work(since)
    {
        private readonly TaskCompletionSource<T> _result = new();

        public Task<T> Task => _result.Task;

        public override void Run()
        {
            try
            {
                _result.TrySetResult(work());
            }
#pragma warning disable CA1031 // Not swallowed: it goes to whoever waits for the result.
            catch (Exception e)
#pragma warning restore CA1031
            {
                _result.TrySetException(e);
            }
        }

        public override void Fail(Exception cause) => _result.TrySetException(cause);
    }
}
