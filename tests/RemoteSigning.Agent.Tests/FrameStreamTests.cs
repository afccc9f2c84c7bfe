using System.Buffers.Binary;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Agent.Tests.Fakes;

namespace RemoteSigning.Agent.Tests;

/// <summary>Frames and payloads that come in pieces, cut short, too long or with lies in them.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class FrameStreamTests
{
    private static readonly byte[] Sign = Encode(World.Request("rsa", pin: "1234"));

    [Test]
    public async Task Read_OneByteAtATime_IsTheSameFrame()
    {
        await using var frames = new FrameStream(new DrippingStream([.. Sign, .. Sign]), CardProtocol.MaximumRequest, 0);
        for (int i = 0; i < 2; i++)
        {
            CardFrame? frame = await frames.ReadAsync(CancellationToken.None);
            Assert.That(frame, Is.Not.Null);
            Assert.That((frame?.Version, frame?.Verb, frame?.RequestId), Is.EqualTo(((ushort?)1, (ushort?)5, (uint?)7)));
            Assert.That(frame?.Payload, Is.EqualTo(Sign[12..]));
        }

        Assert.That(await frames.ReadAsync(CancellationToken.None), Is.Null);
    }

    [Test]
    public void Read_CutAtEveryByte_IsRefused()
    {
        for (int length = 1; length < Sign.Length; length++)
        {
            Assert.That(() => ReadAsync(Sign[..length]), Throws.TypeOf<FrameException>(), $"cut after {length} bytes");
        }
    }

    [TestCase(0u)]
    [TestCase(7u)]
    [TestCase(65_537u)]
    [TestCase(0x8000_0000u)]
    [TestCase(uint.MaxValue)]
    public void Read_LengthOutOfBounds_IsRefusedWithoutWaitingForMore(uint length)
    {
        byte[] head = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(head, length);
        Assert.That(() => ReadAsync(head), Throws.TypeOf<FrameException>().With.Message.Contains("outside the limits"));
    }

    [TestCase(8, 0)]
    [TestCase(65_536, 65_528)]
    public async Task Read_LengthAtBounds_IsAccepted(int length, int payload)
    {
        byte[] bytes = new byte[4 + length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        Assert.That((await ReadAsync(bytes))?.Payload, Has.Length.EqualTo(payload));
    }

    [Test]
    public async Task Write_LargerThanItsCap_IsRefused()
    {
        await using var frames = new FrameStream(new MemoryStream(), 0, 100);
        var frame = new CardFrame(1, 1, 1, new byte[93]);
        Assert.That(() => frames.WriteAsync(frame, CancellationToken.None), Throws.InvalidOperationException);
        Assert.That(() => frames.WriteAsync(frame with { Payload = new byte[92] }, CancellationToken.None), Throws.Nothing);
    }

    [Test]
    public void Payload_CutAtEveryByte_IsRefused()
    {
        byte[] payload = Sign[12..];
        for (int length = 0; length < payload.Length; length++)
        {
            var reader = new PayloadReader(payload.AsMemory(0, length));
            Assert.That(() => SignRequest.Read(reader), Throws.TypeOf<FrameException>(), $"cut after {length} bytes");
        }
    }

    [Test]
    public void Payload_BytesLeftOver_AreRefused()
    {
        var reader = new PayloadReader(new byte[9]);
        reader.U64();
        Assert.That(reader.End, Throws.TypeOf<FrameException>());
    }

    [TestCase(new byte[] { 1, 0, 0, 0, 0xFF }, TestName = "Text_NotUtf8_IsRefused")]
    [TestCase(new byte[] { 1, 0, 0, 0, 0 }, TestName = "Text_WithNul_IsRefused")]
    [TestCase(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF, 65 }, TestName = "Text_LengthBeyondInt_IsRefused")]
    public void Text_Malformed_IsRefused(byte[] payload) =>
        Assert.That(() => new PayloadReader(payload).Text(), Throws.TypeOf<FrameException>());

    [Test]
    public void List_CountBeyondItsPayload_IsRefused() => Assert.That(
        () => new PayloadReader(new byte[] { 0xFF, 0xFF, 0, 0 }).List(r => r.U8()), Throws.TypeOf<FrameException>());

    private static async Task<CardFrame?> ReadAsync(byte[] bytes)
    {
        await using var frames = new FrameStream(new MemoryStream(bytes), CardProtocol.MaximumRequest, 0);
        return await frames.ReadAsync(CancellationToken.None);
    }

    private static byte[] Encode(SignRequest request)
    {
        var payload = new PayloadWriter();
        request.Write(payload);
        var bytes = new PayloadWriter();
        return bytes.U32((uint)(8 + payload.Length)).U16(1).U16(5).U32(7).Raw(payload.ToArray()).ToArray();
    }
}
