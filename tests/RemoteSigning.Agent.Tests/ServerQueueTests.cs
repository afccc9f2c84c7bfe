using System.Threading.Channels;
using RemoteSigning.Agent.Core.Signing;
using RemoteSigning.Agent.Tests.Fakes;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Tests;

/// <summary>Who waits for a turn at the server gets it in order, or an answer in time.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ServerQueueTests
{
    [Test]
    public async Task Run_MoreThanTheWidth_WaitsInOrder()
    {
        using var clock = new TimerClock();
        using var queue = new ServerQueue(clock);
        var begun = Channel.CreateUnbounded<int>();
        TaskCompletionSource[] ends = [.. Enumerable.Range(0, ServerQueue.Width + 3).Select(_ => new TaskCompletionSource())];
        Task<int>[] calls = [.. ends.Select((end, i) => RunAsync(queue, i, begun, end.Task))];
        for (int i = 0; i < ServerQueue.Width; i++)
        {
            Assert.That(await begun.Reader.ReadAsync(), Is.EqualTo(i));
        }

        for (int i = 0; i < ends.Length; i++)
        {
            Assert.That(begun.Reader.TryRead(out _), Is.False, "nobody begins before another has ended");
            ends[i].SetResult();
            Assert.That(await calls[i], Is.EqualTo(i));
            if (i < 3)
            {
                Assert.That(await begun.Reader.ReadAsync(), Is.EqualTo(ServerQueue.Width + i));
            }
        }
    }

    [Test]
    public async Task Run_TurnDoesNotComeInTime_IsUnavailableAndTakesNoTurn()
    {
        using var clock = new TimerClock();
        using var queue = new ServerQueue(clock);
        var end = new TaskCompletionSource();
        var begun = Channel.CreateUnbounded<int>();
        Task<int>[] busy = [.. Enumerable.Range(0, ServerQueue.Width).Select(i => RunAsync(queue, i, begun, end.Task))];
        Task<int> late = RunAsync(queue, 99, begun, Task.CompletedTask);
        clock.Advance(TimeSpan.FromSeconds(119));
        Assert.That(late.IsCompleted, Is.False);
        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.That(await World.ProblemOfAsync(late), Is.EqualTo(Problem.Unavailable));
        end.SetResult();
        await Task.WhenAll(busy);
        Task<int>[] more = [.. Enumerable.Range(0, ServerQueue.Width).Select(i => RunAsync(queue, i, begun, Task.CompletedTask))];
        Assert.That(more.Select(m => m.IsCompletedSuccessfully), Has.All.True, "every turn was given back");
        Assert.That(begun.Reader.ReadAllAsync().ToBlockingEnumerable().Take(2 * ServerQueue.Width), Has.No.Member(99));
    }

    [Test]
    public async Task Run_ProgramLeaves_GivesUpItsPlace()
    {
        using var clock = new TimerClock();
        using var queue = new ServerQueue(clock);
        using var left = new CancellationTokenSource();
        var end = new TaskCompletionSource();
        var begun = Channel.CreateUnbounded<int>();
        Task<int>[] busy = [.. Enumerable.Range(0, ServerQueue.Width).Select(i => RunAsync(queue, i, begun, end.Task))];
        Task<int> waiting = queue.RunAsync(queue.Now, _ => Task.FromResult(99), left.Token);
        await left.CancelAsync();
        Assert.That(async () => await waiting, Throws.InstanceOf<OperationCanceledException>());
        end.SetResult();
        await Task.WhenAll(busy);
    }

    [Test]
    public void Run_CallFails_GivesItsTurnBack()
    {
        using var clock = new TimerClock();
        using var queue = new ServerQueue(clock);
        for (int i = 0; i <= ServerQueue.Width; i++)
        {
            Assert.That(
                async () => await queue.RunAsync<int>(queue.Now, _ => throw new InvalidOperationException(), CancellationToken.None),
                Throws.InvalidOperationException);
        }
    }

    private static Task<int> RunAsync(ServerQueue queue, int number, Channel<int> begun, Task end) => queue.RunAsync(
        queue.Now,
        async _ =>
        {
            begun.Writer.TryWrite(number);
            await end;
            return number;
        },
        CancellationToken.None);
}
