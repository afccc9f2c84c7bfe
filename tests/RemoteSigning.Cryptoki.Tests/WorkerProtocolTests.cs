using System.Security.Cryptography;
using NUnit.Framework;
using RemoteSigning.Cryptoki.Worker;

namespace RemoteSigning.Cryptoki.Tests;

/// <summary>Neither side takes anything that the other does not say.</summary>
[TestFixture]
[Category("Hsm")]
internal sealed class WorkerProtocolTests
{
    private const byte Open = (byte)WorkerVerb.Open;

    [Test]
    public void Serve_NothingAsked_Ends() => Assert.That(Serve([]), Is.Empty);

    [TestCase("00000000", TestName = "Serve_LengthZero_IsRefused")]
    [TestCase("04000000 01000000", TestName = "Serve_LengthBelowTheHeader_IsRefused")]
    [TestCase("FFFFFFFF 01000000 01", TestName = "Serve_LengthTooLarge_IsRefused")]
    [TestCase("01004000 01000000 01", TestName = "Serve_LengthJustTooLarge_IsRefused")]
    [TestCase("05000000 01000000 03", TestName = "Serve_FirstRequestIsNotOpen_IsRefused")]
    [TestCase("05000000 01000000 01", TestName = "Serve_OpenWithoutBody_IsRefused")]
    [TestCase("06000000 01000000 01 63", TestName = "Serve_OpenOfAnotherVersion_IsRefused")]
    public void Serve_BadFirstFrame_IsRefused(string hex) => Assert.That(
        () => Serve(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))), Throws.InstanceOf<InvalidDataException>());

    [TestCase("05")]
    [TestCase("05000000 0100")]
    public void Serve_CutFrame_IsRefused(string hex) => Assert.That(
        () => Serve(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal))), Throws.InstanceOf<EndOfStreamException>());

    [Test]
    public void Serve_OpenCutAnywhere_IsRefused()
    {
        byte[] good = OpenBody(SharedToken.NewToken());
        for (int length = 0; length < good.Length; length++)
        {
            Assert.That(() => Serve(Frame(1, Open, good[..length])), Throws.InstanceOf<InvalidDataException>(), $"{length}");
        }

        Assert.That(() => Serve(Frame(1, Open, [.. good, 0])), Throws.InstanceOf<InvalidDataException>());
    }

    [Test]
    public void Serve_UnusableOptions_AnswersWithTheReason()
    {
        HsmOptions options = SharedToken.NewToken();
        options.TokenLabel = "nowhere";

        WorkerFrame answer = Serve(Frame(7, Open, OpenBody(options))).Single(f => f.Id != 0);

        Assert.That(answer.Id, Is.EqualTo(7));
        Assert.That(answer.Kind, Is.EqualTo((byte)WorkerOutcome.HsmFailed));
    }

    private static IEnumerable<TestCaseData> BadRequests()
    {
        byte[] label = new MessageWriter().Text("kek").Body.ToArray();
        HsmSignature signature = new(null, HashAlgorithmName.SHA256, 0, new byte[32]);
        var good = new MessageWriter();
        SignatureFields.Write(good, signature);
        byte[] fields = good.Body.ToArray();
        yield return Case("UnknownVerb", 99, []);
        yield return Case("VerbZero", 0, []);
        yield return Case("OpenTwice", Open, OpenBody(new HsmOptions { Module = "m", TokenLabel = "t", PinFile = "p" }));
        yield return Case("ProbeWithBody", (byte)WorkerVerb.Probe, [0]);
        yield return Case("LabelMissing", (byte)WorkerVerb.Exists, []);
        yield return Case("LabelTooLong", (byte)WorkerVerb.Exists, new MessageWriter().Text(new string('x', 65)).Body.ToArray());
        yield return Case("LabelNotUtf8", (byte)WorkerVerb.Exists, [1, 0, 0, 0, 0xFF]);
        yield return Case("LabelLongerThanTheBody", (byte)WorkerVerb.Exists, [64, 0, 0, 0, 65]);
        yield return Case("LeftOver", (byte)WorkerVerb.Exists, [.. label, 0]);
        yield return Case("Curve", (byte)WorkerVerb.GenerateWrappedEcdsa, [.. label, 4]);
        yield return Case("Flag", (byte)WorkerVerb.Sign, [.. label, 2, .. fields]);
        yield return Case("Padding", (byte)WorkerVerb.Sign, [.. label, 0, 3, .. fields[1..]]);
        yield return Case("Hash", (byte)WorkerVerb.Sign, [.. label, 0, 0, 5, .. fields[2..]]);
        yield return Case("HashZero", (byte)WorkerVerb.Sign, [.. label, 0, 0, 0, .. fields[2..]]);
        yield return Case("Digest", (byte)WorkerVerb.Sign, [.. label, 0, .. fields[..^1]]);
        yield return Case("MoreSignaturesThanThereAre", (byte)WorkerVerb.SignWithWrapped, [.. label, 0, 0, 0, 0, 0, 2, 0, 0, 0, .. fields]);
        yield return Case("FewerSignaturesThanThereAre", (byte)WorkerVerb.SignWithWrapped, [.. label, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. fields]);

        static TestCaseData Case(string name, byte verb, byte[] body) =>
            new TestCaseData(verb, body).SetName($"Serve_MalformedRequest_EndsUnanswered({name})");
    }

    [TestCaseSource(nameof(BadRequests))]
    public void Serve_MalformedRequest_EndsUnanswered(byte verb, byte[] body)
    {
        HsmOptions options = SharedToken.NewToken();
        using (Hsm.Open(options))
        {
            // SoftHSM sees a new token after its next start.
        }

        using var answers = new MemoryStream();
        using var requests = new MemoryStream([.. Frame(1, Open, OpenBody(options)), .. Frame(2, verb, body)]);

        Assert.That(() => HsmWorkerServer.Serve(requests, answers), Throws.InstanceOf<InvalidDataException>());

        Assert.That(Read(answers).Where(f => f.Id != 0).Select(f => (f.Id, f.Kind)), Is.EqualTo(new[] { (1u, (byte)WorkerOutcome.Done) }));
    }

    private static IEnumerable<TestCaseData> BadAnswers()
    {
        byte[] state = new WorkerState(1, 0, 1, [0]).Write(new MessageWriter()).Body.ToArray();
        byte done = (byte)WorkerOutcome.Done;
        yield return Case("LengthTooLarge", [0xFF, 0xFF, 0xFF, 0x7F, 0, 0, 0, 0]);
        yield return Case("NotAsked", Frame(99, done, [.. state, 1]));
        yield return Case("NoState", Frame(1, done, []));
        yield return Case("StateCut", Frame(1, done, state[..^1]));
        yield return Case("NoResult", Frame(1, done, state));
        yield return Case("NotAFlag", Frame(1, done, [.. state, 2]));
        yield return Case("LeftOver", Frame(1, done, [.. state, 1, 0]));
        yield return Case("UnknownOutcome", Frame(1, 9, [.. state, 1]));
        yield return Case("LoginWithoutItsFlag", Frame(0, (byte)WorkerOutcome.Login, []));
        yield return Case("TooManyTokens", Frame(1, done, new WorkerState(1, 0, 1, new uint[17]).Write(new MessageWriter()).Body.ToArray()));
        yield return Case("End", []);
        yield return Case("CutFrame", [5, 0, 0]);

        static TestCaseData Case(string name, byte[] bytes) => new TestCaseData(bytes).SetName($"Call_MalformedAnswer_TheWorkerIsLost({name})");
    }

    [TestCaseSource(nameof(BadAnswers))]
    public void Call_MalformedAnswer_TheWorkerIsLost(byte[] bytes)
    {
        using var process = new SayingProcess(bytes);
        List<string> lost = [];
        using var worker = new HsmWorker(process, new HsmOptions(), TimeProvider.System, (_, reason) => lost.Add(reason), (_, _, _) => { });

        Assert.That(() => worker.Exists("kek"), Throws.InstanceOf<HsmException>());

        Assert.That(worker.IsLost);
        Assert.That(lost, Has.Count.EqualTo(1));
    }

    [Test]
    public void Write_TooLong_IsRefusedAndNothingLeaves()
    {
        using var stream = new MemoryStream();

        Assert.That(() => WorkerFrame.Write(stream, 1, 1, new byte[WorkerFrame.MostBytes]), Throws.ArgumentException);

        Assert.That(stream.Length, Is.Zero);
    }

    private static byte[] OpenBody(HsmOptions options)
    {
        var body = new MessageWriter();
        new OpenRequest(options, 0, new uint[1 + options.Standby.Count]).Write(body);
        return body.Body.ToArray();
    }

    private static byte[] Frame(uint id, byte kind, byte[] body)
    {
        using var stream = new MemoryStream();
        WorkerFrame.Write(stream, id, kind, body);
        return stream.ToArray();
    }

    private static List<WorkerFrame> Serve(byte[] bytes)
    {
        using var requests = new MemoryStream(bytes);
        using var answers = new MemoryStream();
        HsmWorkerServer.Serve(requests, answers);
        return Read(answers);
    }

    private static List<WorkerFrame> Read(MemoryStream answers)
    {
        answers.Position = 0;
        List<WorkerFrame> frames = [];
        while (WorkerFrame.Read(answers) is { } frame)
        {
            frames.Add(frame);
        }

        return frames;
    }
}
