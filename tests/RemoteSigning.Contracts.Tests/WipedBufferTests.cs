using NUnit.Framework;

namespace RemoteSigning.Contracts.Tests;

[NonParallelizable]
public sealed class WipedBufferTests
{
    [TestCase(1)]
    [TestCase(WipedBuffer.UsualLength)]
    [TestCase(WipedBuffer.UsualLength + 1)]
    public void Dispose_Written_Wiped(int length)
    {
        WipedBuffer buffer = WipedBuffer.Rent(length);
        Memory<byte> memory = buffer.Memory;
        Assert.That(memory.Length, Is.GreaterThanOrEqualTo(length));
        memory.Span.Fill(0xA5);

        buffer.Dispose();

        Assert.That(memory.Span.ContainsAnyExcept((byte)0), Is.False);
        Assert.That(() => buffer.Memory, Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void Dispose_Twice_MemoryIsLentToOneOnly()
    {
        WipedBuffer buffer = WipedBuffer.Rent(1);
        buffer.Dispose();
        buffer.Dispose();

        using WipedBuffer first = WipedBuffer.Rent(1);
        using WipedBuffer second = WipedBuffer.Rent(1);
        first.Span.Fill(1);

        Assert.That(second.Span.ContainsAnyExcept((byte)0), Is.False);
    }

    [Test]
    public void Rent_AfterMany_AllZero()
    {
        List<WipedBuffer> many = [.. Enumerable.Range(0, 200).Select(_ => WipedBuffer.Rent(1))];
        many.ForEach(b => b.Span.Fill(1));
        many.ForEach(b => b.Dispose());

        using WipedBuffer next = WipedBuffer.Rent(1);

        Assert.That(next.Span.ContainsAnyExcept((byte)0), Is.False);
    }
}
