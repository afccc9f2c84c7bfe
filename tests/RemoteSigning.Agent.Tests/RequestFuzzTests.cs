using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using RemoteSigning.Agent.Core.Pipe;

namespace RemoteSigning.Agent.Tests;

/// <summary>
/// Streams of requests with faults in them: what is accepted has exactly one encoding, the rest is a
/// <see cref="FrameException"/>. A fixed seed and number here; <c>./build.sh Fuzz</c> sets
/// <c>REMOTESIGNING_FUZZ_SECONDS</c> for another seed and a longer run.
/// </summary>
internal sealed class RequestFuzzTests
{
    private const int FixedSeed = 20261121;
    private const int FixedRuns = 20_000;
    private const int LengthField = 4;
    private const int Header = 12;

    private static readonly uint[] Extremes = [0, 1, 7, 8, 0xFF, 0x7FFF, 0xFFFF, 65_536, 65_537, 0x7FFF_FFFF, 0x8000_0000, uint.MaxValue];

    [Test]
    public async Task Requests_Mutated_AreReadToTheSameBytesOrRefused()
    {
        byte[][] vectors = [.. VectorTests.Requests];
        string? seconds = Environment.GetEnvironmentVariable("REMOTESIGNING_FUZZ_SECONDS");
        int seed = seconds is null ? FixedSeed : Environment.TickCount;
        var random = new Random(seed);
        var time = Stopwatch.StartNew();
        int accepted = 0;
        int runs = 0;
        for (; seconds is null ? runs < FixedRuns : time.Elapsed.TotalSeconds < double.Parse(seconds, CultureInfo.InvariantCulture); runs++)
        {
            byte[] input = [.. Enumerable.Range(0, random.Next(1, 4)).SelectMany(_ => Mutate(vectors, random))];
            accepted += await ReadAllAsync(input, $"seed {seed}, run {runs}: {Convert.ToHexString(input)}");
        }

        TestContext.Out.WriteLine($"{runs} streams, {accepted} requests accepted, seed {seed}");
        Assert.That(accepted, Is.GreaterThan(runs / 100), "nearly nothing was accepted: the mutations are too wild to test anything");
    }

    private static byte[] Mutate(byte[][] vectors, Random random)
    {
        List<byte> bytes = [.. vectors[random.Next(vectors.Length)]];
        for (int faults = random.Next(4); faults > 0; faults--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, random.Next(Math.Min(40, bytes.Count - at))); // at least one is left
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, random.Next(Math.Min(40, bytes.Count - at))));
                    break;
                case 3:
                    bytes.InsertRange(at, vectors[random.Next(vectors.Length)].Skip(Header));
                    break;
                default:
                    uint number = Extremes[random.Next(Extremes.Length)];
                    for (int i = 0; i < 4 && at + i < bytes.Count; i++)
                    {
                        bytes[at + i] = (byte)(number >> (8 * i) & 0xFF);
                    }

                    break;
            }
        }

        byte[] mutated = [.. bytes];
        if (mutated.Length >= LengthField && random.Next(4) > 0)
        {
            BinaryPrimitives.WriteInt32LittleEndian(mutated, mutated.Length - LengthField);
        }

        return mutated;
    }

    /// <returns>How many requests were accepted before the stream ended or was refused.</returns>
    private static async Task<int> ReadAllAsync(byte[] input, string which)
    {
        int accepted = 0;
        int at = 0;
        await using var frames = new FrameStream(new MemoryStream(input), CardProtocol.MaximumRequest, CardProtocol.MaximumRequest);
        try
        {
            while (await frames.ReadAsync(CancellationToken.None) is { } frame)
            {
                byte[] whole = input[at..(at + Header + frame.Payload.Length)];
                Assert.That(await EncodeAsync(frame), Is.EqualTo(whole), which);
                accepted += Decode(frame, which) ? 1 : 0;
                at += whole.Length;
            }

            Assert.That(at, Is.EqualTo(input.Length), which);
        }
        catch (FrameException e)
        {
            Assert.That(e.Message, Is.Not.Empty, which);
        }

        return accepted;
    }

    private static bool Decode(CardFrame frame, string which)
    {
        var reader = new PayloadReader(frame.Payload);
        var writer = new PayloadWriter();
        switch ((CardVerb)frame.Verb)
        {
            case CardVerb.Hello:
                HelloRequest.Read(reader).Write(writer);
                break;
            case CardVerb.List:
                ListRequest.Read(reader).Write(writer);
                break;
            case CardVerb.Login:
                LoginRequest.Read(reader).Write(writer);
                break;
            case CardVerb.Logout:
                break;
            case CardVerb.Sign:
                SignRequest sign = SignRequest.Read(reader);
                sign.Write(writer);
                reader.End();
                KeepOnlySilent(frame.Payload, sign);
                break;
            case CardVerb.SignFor:
                SignRequest signFor = SignRequest.ReadFor(reader);
                signFor.WriteFor(writer);
                reader.End();
                KeepOnlySilent(frame.Payload, signFor);
                break;
            case CardVerb.Verify:
                VerifyRequest.Read(reader).Write(writer);
                break;
            case CardVerb.Wait:
                WaitRequest.Read(reader).Write(writer);
                break;
            default:
                return false;
        }

        reader.End();
        Assert.That(writer.ToArray(), Is.EqualTo(frame.Payload), which);
        return true;
    }

    /// <summary>Flags of later versions are not kept by the decoder.</summary>
    private static void KeepOnlySilent(byte[] payload, SignRequest sign) =>
        payload[4 + System.Text.Encoding.UTF8.GetByteCount(sign.Credential) + 4] &= 1;

    private static async Task<byte[]> EncodeAsync(CardFrame frame)
    {
        using var encoded = new MemoryStream();
        await using var frames = new FrameStream(encoded, 0, CardProtocol.MaximumRequest);
        await frames.WriteAsync(frame, CancellationToken.None);
        return encoded.ToArray();
    }
}
