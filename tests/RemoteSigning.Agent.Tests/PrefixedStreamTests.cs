using NUnit.Framework;
using RemoteSigning.Agent.Core.Pipe;

namespace RemoteSigning.Agent.Tests;

public sealed class PrefixedStreamTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(100)]
    public async Task Read_FirstBytesTaken_ComeBeforeTheRest(int atOnce)
    {
        await using var stream = new PrefixedStream([1, 2, 3], new MemoryStream([4, 5]));
        var read = new List<byte>();
        byte[] buffer = new byte[atOnce];
        while (await stream.ReadAsync(buffer) is var count and > 0)
        {
            read.AddRange(buffer[..count]);
        }

        Assert.That(read, Is.EqualTo(new byte[] { 1, 2, 3, 4, 5 }));
    }

    [Test]
    public async Task Dispose_EndsTheStreamBehind()
    {
        var behind = new MemoryStream();
        await new PrefixedStream([1], behind).DisposeAsync();

        Assert.That(behind.CanRead, Is.False);
    }
}
