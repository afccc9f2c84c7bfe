using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>An HSM that is slow or hangs costs a refusal, never an unbounded queue.</summary>
internal sealed class HsmThreadsTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    private readonly TickingClock _clock = new();
    private readonly ManualResetEventSlim _release = new();
    private readonly ManualResetEventSlim _entered = new();
    private HsmThreads _threads = null!; // Set before each test.

    [SetUp]
    public void Start()
    {
        _release.Reset();
        _entered.Reset();
        _threads = new HsmThreads(1, 2, Deadline, _clock);
    }

    [TearDown]
    public void Stop()
    {
        _release.Set();
        _threads.Dispose();
    }

    [OneTimeTearDown]
    public void Remove()
    {
        _release.Dispose();
        _entered.Dispose();
    }

    [Test]
    public async Task RunAsync_SeveralAtOnce_RunsAllInTheirOrder()
    {
        List<int> order = [];
        Task<bool> first = HangAsync();
        Task<bool> second = _threads.RunAsync(() => Note(order, 2));
        Task<bool> third = _threads.RunAsync(() => Note(order, 3));
        _release.Set();

        await Task.WhenAll(first, second, third);

        Assert.That(order, Is.EqualTo((int[])[2, 3]));
    }

    [Test]
    public void RunAsync_QueueFull_RefusesAtOnce()
    {
        _ = HangAsync();
        _ = _threads.RunAsync(() => true);
        _ = _threads.RunAsync(() => true);

        ProblemException refused = Assert.ThrowsAsync<ProblemException>(() => _threads.RunAsync(() => true))!; // Throws or fails.

        Assert.That((refused.Code, refused.Problem), Is.EqualTo((ProblemCodes.HsmBusy, Problem.Unavailable)));
    }

    [Test]
    public async Task RunAsync_WaitsPastTheDeadline_IsRefusedAndNeverRuns()
    {
        Task<bool> hanging = HangAsync();
        bool ran = false;
        Task<bool> waiting = _threads.RunAsync(() => ran = true);
        _clock.Advance(Deadline - TimeSpan.FromSeconds(1));
        Assert.That(waiting.IsCompleted, Is.False);

        _clock.Advance(TimeSpan.FromSeconds(2));

        Assert.That(Assert.ThrowsAsync<ProblemException>(() => waiting)!.Code, Is.EqualTo(ProblemCodes.HsmBusy));
        Assert.That(Assert.ThrowsAsync<ProblemException>(() => hanging)!.Code, Is.EqualTo(ProblemCodes.HsmUnavailable));
        _release.Set();
        Assert.That(await _threads.RunAsync(() => true), Is.True, "the thread came back");
        Assert.That(ran, Is.False);
    }

    [Test]
    public async Task RunAsync_WorkThrows_ThrowsIt()
    {
        Assert.ThrowsAsync<InvalidTimeZoneException>(() => _threads.RunAsync<bool>(() => throw new InvalidTimeZoneException()));
        Assert.That(await _threads.RunAsync(() => 7), Is.EqualTo(7));
    }

    private static bool Note(List<int> order, int number)
    {
        order.Add(number);
        return true;
    }

    private Task<bool> HangAsync()
    {
        Task<bool> work = _threads.RunAsync(() =>
        {
            _entered.Set();
            _release.Wait();
            return true;
        });
        _entered.Wait();
        return work;
    }
}
