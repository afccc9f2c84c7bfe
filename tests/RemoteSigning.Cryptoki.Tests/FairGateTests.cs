using System.Collections.Concurrent;
using NUnit.Framework;

namespace RemoteSigning.Cryptoki.Tests;

[TestFixture]
internal sealed class FairGateTests
{
    [Test]
    public void Enter_SeveralWaiting_AreLetInInOrder()
    {
        var gate = new FairGate(1);
        gate.Enter();
        var order = new ConcurrentQueue<int>();
        var threads = new List<Thread>();
        for (int i = 0; i < 8; i++)
        {
            int me = i;
            var thread = new Thread(() =>
            {
                gate.Enter();
                order.Enqueue(me);
                gate.Leave();
            });
            threads.Add(thread);
            thread.Start();
            Assert.That(SpinWait.SpinUntil(() => gate.Waiting == me + 1, TimeSpan.FromSeconds(30)));
        }

        gate.Leave();
        threads.ForEach(t => t.Join());

        Assert.That(order, Is.EqualTo(Enumerable.Range(0, 8)));
        Assert.That(gate.Waiting, Is.Zero);
    }

    [Test]
    public void Close_SomebodyWaiting_IsRefused()
    {
        var gate = new FairGate(1);
        gate.Enter();
        bool isRefused = false;
        var thread = new Thread(() =>
        {
            try
            {
                gate.Enter();
            }
            catch (ObjectDisposedException)
            {
                isRefused = true;
            }
        });
        thread.Start();
        Assert.That(SpinWait.SpinUntil(() => gate.Waiting == 1, TimeSpan.FromSeconds(30)));

        gate.Close();
        thread.Join();

        Assert.That(isRefused);
        Assert.That(gate.Enter, Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(gate.Leave, Throws.Nothing, "whoever is inside leaves as ever");
    }
}
