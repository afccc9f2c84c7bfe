using RemoteSigning.Agent.Core;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Agent.Core.Signing;
using RemoteSigning.Agent.Tests.Fakes;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Csc;

namespace RemoteSigning.Agent.Tests;

/// <summary>Whom the agent asks before it signs, for what, and what it says of the signature.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ConsentTests
{
    [Test]
    public async Task Sign_ModeProtected_AsksForThePinAndShowsWhatIsSigned()
    {
        await using World world = await World.StartAsync(CardMode.Protected);
        await using CardClient client = await world.ConnectAsync();
        await client.LoginAsync("");
        Assert.That(world.Ui.PinQuestions, Is.Empty, "each signature is asked for by itself");
        await client.SignAsync(World.Request("p256", SignatureScheme.Ecdsa));
        SignatureQuestion question = world.Ui.SignatureQuestions.Single();
        Assert.That(question, Is.EqualTo(new SignatureQuestion(
            Environment.ProcessPath ?? "", "Curve", true, "SHA256", Convert.ToHexStringLower(World.Digest(3)), null, true, false, null)));
        Assert.That(world.Server.Authorizations.Single().Description, Is.EqualTo(Path.GetFileName(Environment.ProcessPath)));
    }

    /// <summary>What a program says about a signature is quoted, and can neither hide nor pretend anything.</summary>
    [TestCase("a contract", "\"a contract\"")]
    [TestCase("", null)]
    [TestCase("two\r\nlines\u001b[2J", "\"two??lines?[2J\"")]
    [TestCase("a\u202Efdp.exe\u2066\u200B", "\"a?fdp.exe??\"")]
    [TestCase("ok\" (checked by your bank) \"", "\"ok' (checked by your bank) '\"")]
    public async Task SignFor_TextOfTheProgram_IsShownAsAQuotation(string said, string? shown)
    {
        await using World world = await World.StartAsync(CardMode.Protected);
        await using CardClient client = await world.ConnectAsync();
        await client.LoginAsync("");
        byte[] signature = await client.SignForAsync(World.Request("rsa") with { Use = said });
        Assert.That(world.Ui.SignatureQuestions.Single().Use, Is.EqualTo(shown));
        Assert.That(await client.VerifyAsync(new VerifyRequest("rsa", 1, 3, 0, World.Digest(3), signature)), Is.True);
    }

    [Test]
    public async Task SignFor_EndlessText_IsCut()
    {
        await using World world = await World.StartAsync(CardMode.Protected);
        await using CardClient client = await world.ConnectAsync();
        await client.LoginAsync("");
        await client.SignForAsync(World.Request("rsa") with { Use = new string('x', 60_000) });
        Assert.That(world.Ui.SignatureQuestions.Single().Use, Is.EqualTo($"\"{new string('x', DisplayText.LongestQuotation - 1)}…\""));
    }

    [Test]
    public async Task Sign_ModeProtectedWithPinFromTheProgram_StillAsksForConsent()
    {
        await using World world = await World.StartAsync(CardMode.Protected);
        await using CardClient client = await world.ConnectAsync();
        await client.LoginAsync(FakeServer.Pin);
        await client.SignAsync(World.Request("rsa"));
        Assert.That(world.Ui.SignatureQuestions.Single().NeedsPin, Is.False);
        Assert.That(world.Server.Authorizations.Single().Pin, Is.EqualTo(FakeServer.Pin));
    }

    [Test]
    public async Task Sign_WrongPinTyped_AsksAgainWithAComplaint()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        var pins = new Queue<string>(["0000", FakeServer.Pin]);
        world.Ui.OnSignature = (question, _) => Task.FromResult(FakeUi.Agree(question, pins.Dequeue(), FakeServer.Otp));
        await using CardClient client = await world.ConnectAsync();
        await client.SignAsync(World.Request("rsa"));
        Assert.That(world.Ui.SignatureQuestions.Select(q => q.Complaint is null), Is.EqualTo(new[] { true, false }));
    }

    [Test]
    public async Task Sign_PinTypedWrongTooOften_IsLocked()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        world.Ui.OnSignature = (question, _) => Task.FromResult(FakeUi.Agree(question, "0000", FakeServer.Otp));
        await using CardClient client = await world.ConnectAsync();
        Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa"))), Is.EqualTo(Problem.PinLocked));
        Assert.That(world.Ui.SignatureQuestions, Has.Count.EqualTo(6));
    }

    [Test]
    public async Task Sign_WrongPinFromAFile_IsTriedOnce()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        world.Ui.AsksPerson = false;
        world.Ui.OnSignature = (question, _) => Task.FromResult(FakeUi.Agree(question, "0000", FakeServer.Otp));
        await using CardClient client = await world.ConnectAsync();
        Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa"))), Is.EqualTo(Problem.PinIncorrect));
        Assert.That(world.Server.Authorizations, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Sign_OneTimeCodeInModePin_IsAskedForBesideTheKeptPin()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        var codes = new Queue<string>(["000000", FakeServer.Otp]);
        world.Ui.OnSignature = (question, _) => Task.FromResult(FakeUi.Agree(question, "not asked", codes.Dequeue()));
        await using CardClient client = await world.ConnectAsync();
        await client.LoginAsync(FakeServer.Pin);
        await client.SignAsync(World.Request("otp"));
        Assert.That(world.Ui.SignatureQuestions.Select(q => (q.NeedsPin, q.NeedsOtp)), Is.EqualTo(new[] { (false, true), (false, true) }));
        Assert.That(world.Server.Authorizations.Select(a => (a.Pin, a.Otp)), Is.EqualTo(new[] { (FakeServer.Pin, "000000"), (FakeServer.Pin, FakeServer.Otp) }));
    }

    [Test]
    public async Task Sign_CodeThatIsSent_IsAskedForBeforeEachQuestionAndOnce()
    {
        await using World world = await StartWithSentCodesAsync(CardMode.Pin, "The code that is sent to s***@example.com.\u001b[2J");
        var codes = new Queue<string>(["000000", FakeServer.Otp, FakeServer.Otp]);
        world.Ui.OnSignature = (question, _) =>
        {
            Assert.That(question.SentCode, Does.StartWith("The code that is sent to s***@example.com.").And.Not.Contain("\u001b"));
            Assert.That(world.Server.Requests.Last(), Is.EqualTo(question.Complaint is null ? "sendOTP" : "authorize"));
            return Task.FromResult(FakeUi.Agree(question, "not asked", codes.Dequeue()));
        };
        await using CardClient client = await world.ConnectAsync();
        await client.LoginAsync(FakeServer.Pin);
        await client.SignAsync(World.Request("otp"));
        Assert.That((world.Server.Count("sendOTP"), world.Server.Count("authorize")), Is.EqualTo((1, 2)), "a wrong code does not ask for a new one");
        await client.SignAsync(World.Request("otp"));
        Assert.That(world.Server.Count("sendOTP"), Is.EqualTo(2));
    }

    [Test]
    public async Task Sign_CodeAskedForTooSoon_IsWaitedForOnce()
    {
        await using World world = await StartWithSentCodesAsync(CardMode.Agent, "Sent.");
        world.Server.CodesTooSoon = 1;
        await using CardClient client = await world.ConnectAsync();
        await client.SignAsync(World.Request("otp"));
        Assert.That(world.Server.Count("sendOTP"), Is.EqualTo(2));
        world.Server.CodesTooSoon = 2;
        Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("otp"))), Is.EqualTo(Problem.LimitReached));
        Assert.That(world.Ui.SignatureQuestions, Has.Count.EqualTo(1), "nobody is asked for a code that was not sent");
    }

    [Test]
    public async Task Sign_CodeThatIsSentButNobodyToAsk_SendsNone()
    {
        await using World world = await StartWithSentCodesAsync(CardMode.Agent, "Sent.");
        world.Ui.AsksPerson = false;
        await using CardClient client = await world.ConnectAsync();
        Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("otp"))), Is.EqualTo(Problem.NotAllowed));
        Assert.That(world.Server.Count("sendOTP"), Is.Zero);
    }

    [Test]
    public async Task Sign_NoFactorNeeded_SendsNone()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        await using CardClient client = await world.ConnectAsync();
        await client.LoginAsync(FakeServer.Pin);
        await client.SignAsync(World.Request("free"));
        CredentialsAuthorizeRequest sent = world.Server.Authorizations.Single();
        Assert.That((sent.Pin, sent.Otp), Is.EqualTo(((string?)null, (string?)null)));
    }

    [Test]
    public async Task Sign_Declined_IsDeclinedAndTheServerIsNotAsked()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        world.Ui.OnSignature = (_, _) => Task.FromResult<SignatureApproval?>(null);
        await using CardClient client = await world.ConnectAsync();
        Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa"))), Is.EqualTo(Problem.Declined));
        Assert.That(world.Server.Count("authorize"), Is.Zero);
    }

    [Test]
    public async Task Sign_Silent_NeedsConsentUnlessNobodyHasToBeAsked()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        await using CardClient client = await world.ConnectAsync();
        Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa", silent: true))), Is.EqualTo(Problem.ConsentNeeded));
        Assert.That(world.Ui.SignatureQuestions, Is.Empty);
        world.Ui.AsksPerson = false;
        Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa", silent: true))), Is.EqualTo(Problem.None));
    }

    [Test]
    public async Task Sign_TwoAtOnce_AskOneAfterTheOther()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        int open = 0, most = 0;
        using var first = new SemaphoreSlim(0);
        world.Ui.OnSignature = async (question, cancellation) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref open));
            await first.WaitAsync(cancellation);
            Interlocked.Decrement(ref open);
            return FakeUi.Agree(question, FakeServer.Pin, FakeServer.Otp);
        };
        await using CardClient one = await world.ConnectAsync();
        await using CardClient two = await world.ConnectAsync();
        Task[] calls = [one.SignAsync(World.Request("rsa")), two.SignAsync(World.Request("rsa"))];
        first.Release(2);
        await Task.WhenAll(calls);
        Assert.That(most, Is.EqualTo(1));
    }

    [Test]
    public async Task Sign_ConnectionClosedAtThePrompt_TakesThePromptBackAndAsksNoServer()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        var asked = new TaskCompletionSource();
        var takenBack = new TaskCompletionSource();
        world.Ui.OnSignature = async (_, cancellation) =>
        {
            await using CancellationTokenRegistration registration = cancellation.Register(takenBack.SetResult);
            asked.SetResult();
            await Task.Delay(Timeout.Infinite, cancellation);
            return null;
        };
        CardClient client = await world.ConnectAsync();
        await client.SendAsync(CardVerb.Sign, World.Request("rsa").Write);
        await asked.Task;
        await client.DisposeAsync();
        await takenBack.Task;
        await world.UntilAsync(status => status.Connections == 0);
        Assert.That(world.Server.Count("authorize"), Is.Zero);
        Assert.That(world.Log.Entries.Select(e => e.Id), Has.Member(120));
    }

    /// <summary>The one-time codes of the credential <c>otp</c> are sent on request.</summary>
    private static async Task<World> StartWithSentCodesAsync(CardMode mode, string description)
    {
        World world = await World.CreateAsync();
        world.Options = world.Options with { CardMode = mode };
        world.Server.Credentials["otp"].SentCode = description;
        await world.StartAsync();
        return world;
    }
}
