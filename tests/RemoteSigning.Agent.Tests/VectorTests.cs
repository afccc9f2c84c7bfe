using System.Text.RegularExpressions;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Tests;

/// <summary>Every test vector of the card protocol, decoded and encoded again, byte for byte.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed partial class VectorTests
{
    private static string Folder
    {
        get
        {
            string? folder = TestContext.CurrentContext.TestDirectory;
            while (folder is not null && !Directory.Exists(Path.Combine(folder, "tests", "vectors", "card-protocol")))
            {
                folder = Path.GetDirectoryName(folder);
            }

            return Path.Combine(folder ?? throw new DirectoryNotFoundException(), "tests", "vectors", "card-protocol");
        }
    }

    private static IEnumerable<string> Names => Directory.GetFiles(Folder, "*.hex").Select(f => Path.GetFileNameWithoutExtension(f)).Order();

    public static IEnumerable<byte[]> Requests => Names.Where(n => n.Contains("-request", StringComparison.Ordinal)).Select(Read);

    [TestCaseSource(nameof(Names))]
    public async Task Vector_DecodedAndEncoded_IsTheSame(string name)
    {
        byte[] vector = Read(name);
        CardFrame frame = await DecodeAsync(vector);
        var reader = new PayloadReader(frame.Payload);
        var writer = new PayloadWriter();
        Reencode(name, frame, reader, writer);
        reader.End();
        using var encoded = new MemoryStream();
        await using var frames = new FrameStream(encoded, 0, CardProtocol.MaximumAnswer);
        await frames.WriteAsync(frame with { Payload = writer.ToArray() }, CancellationToken.None);
        Assert.That(Convert.ToHexString(encoded.ToArray()), Is.EqualTo(Convert.ToHexString(vector)));
    }

    /// <summary>The decoder meets anything with a message or a <see cref="FrameException"/>; the seed makes it repeatable.</summary>
    [TestCaseSource(nameof(Names))]
    public async Task Vector_Mutated_IsDecodedOrRefused(string name)
    {
        byte[] payload = (await DecodeAsync(Read(name))).Payload;
        var random = new Random(20261121);
        Func<PayloadReader, object>[] decoders =
        [
            HelloRequest.Read, HelloAnswer.Read, ListRequest.Read, ListAnswer.Read, LoginRequest.Read, SignRequest.Read, SignRequest.ReadFor,
            SignAnswer.Read, VerifyRequest.Read, VerifyAnswer.Read, WaitRequest.Read, WaitAnswer.Read, AnswerHead.Read,
        ];
        for (int i = 0; i < 2000; i++)
        {
            byte[] mutated = payload[..random.Next(payload.Length + 1)];
            for (int flips = Math.Min(mutated.Length, random.Next(4)); flips > 0; flips--)
            {
                mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            }

            try
            {
                var reader = new PayloadReader(mutated);
                decoders[i % decoders.Length](reader);
                reader.End();
            }
            catch (FrameException e)
            {
                Assert.That(e.Message, Is.Not.Empty);
            }
        }
    }

    [Test]
    public async Task ListAnswer_Decoded_HoldsWhatItsCommentSays()
    {
        CardFrame frame = await DecodeAsync(Read("list-answer"));
        var reader = new PayloadReader(frame.Payload);
        Assert.That(AnswerHead.Read(reader).Problem, Is.EqualTo(Problem.None));
        ListAnswer list = ListAnswer.Read(reader);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((list.Generation, list.State, list.Mode), Is.EqualTo((7UL, CardStates.SignedIn, Core.Options.CardMode.Pin)));
            Assert.That(list.Credentials.Select(c => (c.Id, c.Label, c.KeyType, c.KeyBits, c.Certificates.Count)), Is.EqualTo(new[]
            {
                ("cred-1", "Signer RSA", (byte)1, (ushort)2048, 2),
                ("cred-2", "Signer EC", (byte)2, (ushort)256, 1),
            }));
            Assert.That(list.Credentials[0].Certificates[0].NotAfter, Is.EqualTo("20291231"));
        }
    }

    [Test]
    public async Task SignRequest_Decoded_HoldsWhatItsCommentSays()
    {
        CardFrame frame = await DecodeAsync(Read("sign-request-pss"));
        SignRequest request = SignRequest.Read(new PayloadReader(frame.Payload));
        using (Assert.EnterMultipleScope())
        {
            Assert.That((request.Credential, request.Scheme, request.Hash, request.SaltLength), Is.EqualTo(("cred-1", (byte)2, (byte)4, (ushort)48)));
            Assert.That((request.Silent, request.Window), Is.EqualTo((true, 0x1122UL)));
            Assert.That(request.Pin.ToArray(), Is.EqualTo("0000"u8.ToArray()));
            Assert.That(request.Digest, Is.EqualTo(Enumerable.Repeat((byte)0xBB, 48)));
        }
    }

    [Test]
    public async Task SignForRequest_Decoded_SaysWhatFor()
    {
        CardFrame frame = await DecodeAsync(Read("sign_for-request"));
        SignRequest request = SignRequest.ReadFor(new PayloadReader(frame.Payload));
        Assert.That((request.Credential, request.Window, request.Use), Is.EqualTo(("cred-1", 0x1122UL, "Verträge")));
    }

    private static void Reencode(string name, CardFrame frame, PayloadReader reader, PayloadWriter writer)
    {
        bool isAnswer = (frame.Verb & CardProtocol.AnswerBit) != 0;
        Assert.That(name.Contains("-answer", StringComparison.Ordinal), Is.EqualTo(isAnswer), "the name says otherwise");
        if (isAnswer)
        {
            AnswerHead head = AnswerHead.Read(reader);
            head.Write(writer);
            if (head.Problem != Problem.None)
            {
                return;
            }
        }

        switch ((CardVerb)(frame.Verb & ~CardProtocol.AnswerBit), isAnswer)
        {
            case (CardVerb.Hello, false): HelloRequest.Read(reader).Write(writer); break;
            case (CardVerb.Hello, true): HelloAnswer.Read(reader).Write(writer); break;
            case (CardVerb.List, false): ListRequest.Read(reader).Write(writer); break;
            case (CardVerb.List, true): ListAnswer.Read(reader).Write(writer); break;
            case (CardVerb.Login, false): LoginRequest.Read(reader).Write(writer); break;
            case (CardVerb.Sign, false): SignRequest.Read(reader).Write(writer); break;
            case (CardVerb.SignFor, false): SignRequest.ReadFor(reader).WriteFor(writer); break;
            case (CardVerb.Sign, true): SignAnswer.Read(reader).Write(writer); break;
            case (CardVerb.Verify, false): VerifyRequest.Read(reader).Write(writer); break;
            case (CardVerb.Verify, true): VerifyAnswer.Read(reader).Write(writer); break;
            case (CardVerb.Wait, false): WaitRequest.Read(reader).Write(writer); break;
            case (CardVerb.Wait, true): WaitAnswer.Read(reader).Write(writer); break;
            case (CardVerb.Login, true) or (CardVerb.Logout, _): break;
            default: Assert.Fail($"{name}: verb {frame.Verb} has no message."); break;
        }
    }

    private static async Task<CardFrame> DecodeAsync(byte[] vector)
    {
        using var stream = new MemoryStream(vector);
        await using var frames = new FrameStream(stream, CardProtocol.MaximumAnswer, 0);
        CardFrame? frame = await frames.ReadAsync(CancellationToken.None);
        Assert.That(frame, Is.Not.Null);
        Assert.That(await frames.ReadAsync(CancellationToken.None), Is.Null, "one file holds one message");
        return frame ?? throw new InvalidOperationException();
    }

    private static byte[] Read(string name) => Convert.FromHexString(
        NotHex().Replace(File.ReadAllText(Path.Combine(Folder, $"{name}.hex")), ""));

    [GeneratedRegex(@"#[^\n]*|\s")]
    private static partial Regex NotHex();
}
