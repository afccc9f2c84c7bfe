using System.Security.Cryptography;
using RemoteSigning.Agent.Core;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Agent.Core.Signing;
using RemoteSigning.Agent.Tests.Fakes;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Csc;

namespace RemoteSigning.Agent.Tests;

/// <summary>SIGN and VERIFY over the socket, against a server with real keys.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SigningTests
{
    [TestCase("rsa", SignatureScheme.RsaPkcs1, 3, 0, Oids.Sha256WithRsa, Oids.Sha256)]
    [TestCase("rsa", SignatureScheme.RsaPkcs1, 4, 0, Oids.Sha384WithRsa, Oids.Sha384)]
    [TestCase("rsa", SignatureScheme.RsaPkcs1, 5, 0, Oids.Sha512WithRsa, Oids.Sha512)]
    [TestCase("rsa", SignatureScheme.RsaPss, 3, 32, Oids.RsaPss, Oids.Sha256)]
    [TestCase("rsa", SignatureScheme.RsaPss, 5, 64, Oids.RsaPss, Oids.Sha512)]
    [TestCase("rsa", SignatureScheme.RsaPss, 3, 0, Oids.RsaPss, Oids.Sha256)]
    [TestCase("rsa", SignatureScheme.RsaPss, 3, 222, Oids.RsaPss, Oids.Sha256)]
    [TestCase("p256", SignatureScheme.Ecdsa, 3, 0, Oids.EcdsaWithSha256, Oids.Sha256)]
    [TestCase("p384", SignatureScheme.Ecdsa, 4, 0, Oids.EcdsaWithSha384, Oids.Sha384)]
    [TestCase("p384", SignatureScheme.Ecdsa, 3, 0, Oids.EcdsaWithSha256, Oids.Sha256)]
    public async Task Sign_EachScheme_VerifiesAndSendsTheRightAlgorithm(
        string credential, SignatureScheme scheme, byte hash, int salt, string signAlgo, string hashAlgo)
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        await using CardClient client = await world.ConnectAsync();
        await client.LoginAsync(FakeServer.Pin);
        SignRequest request = World.Request(credential, scheme, hash, (ushort)salt);
        byte[] signature = await client.SignAsync(request);
        SignHashRequest sent = world.Server.SignHashRequests.Single();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await client.VerifyAsync(new VerifyRequest(credential, (byte)scheme, hash, (ushort)salt, request.Digest, signature)), Is.True);
            Assert.That((sent.SignAlgo, sent.HashAlgo), Is.EqualTo((signAlgo, hashAlgo)));
            Assert.That(sent.SignAlgoParams is not null, Is.EqualTo(scheme == SignatureScheme.RsaPss));
            Assert.That(world.Server.Authorizations.Single().Hash, Is.EqualTo(sent.Hash), "the authorization is bound to the hash");
            Assert.That(Verifies(credential, scheme, hash, salt, request.Digest, signature), Is.True);
        }
    }

    [TestCase(true, SignatureScheme.RsaPkcs1, 0, Problem.None)]
    [TestCase(true, SignatureScheme.RsaPss, 20, Problem.None)]
    [TestCase(false, SignatureScheme.RsaPkcs1, 0, Problem.UnsupportedAlgorithm)]
    [TestCase(false, SignatureScheme.RsaPss, 20, Problem.UnsupportedAlgorithm)]
    public async Task Sign_Sha1OfTheServer_FollowsThePolicy(bool allowed, SignatureScheme scheme, int salt, Problem expected)
    {
        await using World world = await World.CreateAsync();
        world.Options = world.Options with { CardMode = CardMode.Agent, AllowSha1 = allowed };
        world.Server.Add(new FakeCredential("old", World.Rsa, World.Pki.Issue(World.Rsa, true))
        {
            Algorithms = [Oids.Rsa, Oids.RsaPss, Oids.Sha1WithRsa, Oids.Sha256WithRsa],
        });
        await world.StartAsync();
        await using CardClient client = await world.ConnectAsync();
        Problem problem = await World.ProblemOfAsync(client.SignAsync(World.Request("old", scheme, 1, (ushort)salt)));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(problem, Is.EqualTo(expected));
            Assert.That(world.Server.SignHashRequests.Count, Is.EqualTo(allowed ? 1 : 0), "a refusal reaches no server");
            Assert.That(world.Server.SignHashRequests.Select(r => r.HashAlgo), Has.All.EqualTo(Oids.Sha1));
        }
    }

    [Test]
    public async Task Verify_ForeignDigest_IsInvalid()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        await using CardClient client = await world.ConnectAsync();
        (string, SignatureScheme, ushort)[] cases =
        [
            ("rsa", SignatureScheme.RsaPkcs1, 0), ("rsa", SignatureScheme.RsaPss, 32), ("rsa", SignatureScheme.RsaPss, 7), ("p256", SignatureScheme.Ecdsa, 0),
        ];
        foreach ((string credential, SignatureScheme scheme, ushort salt) in cases)
        {
            byte[] signature = await client.SignAsync(World.Request(credential, scheme, 3, salt));
            byte[] other = SHA256.HashData("something else"u8);
            Assert.That(await client.VerifyAsync(new VerifyRequest(credential, (byte)scheme, 3, salt, other, signature)), Is.False, $"{credential} {scheme} {salt}");
            signature[5] ^= 1;
            Assert.That(
                await client.VerifyAsync(new VerifyRequest(credential, (byte)scheme, 3, salt, World.Digest(3), signature)), Is.False, $"{credential} {scheme} {salt} flipped");
        }
    }

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

    [Test]
    public async Task Sign_ConnectionClosedWhileTheServerSigns_DropsTheRequest()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        world.Server.Hold = new TaskCompletionSource();
        CardClient client = await world.ConnectAsync();
        await client.SendAsync(CardVerb.Sign, World.Request("rsa").Write);
        await world.Server.Holding.WaitAsync();
        await client.DisposeAsync();
        await world.Server.Holding.WaitAsync();
        await world.UntilAsync(status => status.Connections == 0);
        Assert.That(world.Log.Entries.Select(e => e.Id), Has.Member(120));
    }

    [Test]
    public async Task Sign_AgentStopsWhileTheServerSigns_TheCallIsAnswered()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        world.Server.Hold = new TaskCompletionSource();
        await using CardClient client = await world.ConnectAsync();
        Task<byte[]> signing = client.SignAsync(World.Request("rsa"));
        await world.Server.Holding.WaitAsync();
        Task stopping = world.StopAsync();
        world.Server.Hold.SetResult();
        Assert.That(await signing, Has.Length.EqualTo(256));
        await stopping;
    }

    [Test]
    public async Task Sign_ServerDown_IsUnavailableAndGoesOnWhenItIsBack()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        await using CardClient client = await world.ConnectAsync();
        world.Server.IsDown = true;
        Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa"))), Is.EqualTo(Problem.Unavailable));
        Assert.That((await client.ListAsync()).Credentials, Is.Not.Empty, "the card stays");
        world.Server.IsDown = false;
        Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa"))), Is.EqualTo(Problem.None));
    }

    [Test]
    public async Task Sign_AnswerIsNoSignatureOfThisKey_IsNotHandedOut()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        await using CardClient client = await world.ConnectAsync();
        Func<List<string>, List<string>>[] tampered =
        [
            _ => [Convert.ToBase64String(World.Rsa.SignHash(new byte[32], HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))],
            _ => [Convert.ToBase64String(new byte[256])],
            _ => ["AAAA"],
            _ => ["not base64"],
            _ => [],
            signatures => [.. signatures, .. signatures],
        ];
        foreach (Func<List<string>, List<string>> tamper in tampered)
        {
            world.Server.Tamper = tamper;
            Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa"))), Is.EqualTo(Problem.Internal));
            Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("p256", SignatureScheme.Ecdsa))), Is.EqualTo(Problem.Internal));
        }
    }

    [Test]
    public async Task Sign_RequestThatTheKeyCannotDo_IsRefusedWithoutAskingAnybody()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        world.Server.Credentials["p384"].CertificateStatus = "revoked";
        using (var password = new Core.Secret(FakeServer.Password))
        {
            await world.Host.SignInAsync(password, CancellationToken.None);
        }

        await using CardClient client = await world.ConnectAsync();
        SignRequest good = World.Request("rsa");
        (SignRequest Request, Problem Problem)[] cases =
        [
            (good with { Credential = "nobody's" }, Problem.UnknownKey),
            (good with { Scheme = 3 }, Problem.UnsupportedAlgorithm),
            (good with { Scheme = 0 }, Problem.UnsupportedAlgorithm),
            (good with { Scheme = 200 }, Problem.UnsupportedAlgorithm),
            (World.Request("rsa", hash: 1), Problem.UnsupportedAlgorithm),
            (good with { Hash = 2, Digest = new byte[28] }, Problem.UnsupportedAlgorithm),
            (good with { SaltLength = 1 }, Problem.UnsupportedAlgorithm),
            (good with { Scheme = 2, SaltLength = 223 }, Problem.UnsupportedAlgorithm),
            (good with { Digest = new byte[31] }, Problem.DataLength),
            (good with { Digest = [] }, Problem.DataLength),
            (good with { Pin = new byte[65] }, Problem.InvalidRequest),
            (World.Request("p384", SignatureScheme.Ecdsa), Problem.CredentialUnusable),
        ];
        foreach ((SignRequest request, Problem problem) in cases)
        {
            Assert.That(await World.ProblemOfAsync(client.SignAsync(request)), Is.EqualTo(problem), request.ToString());
        }

        Assert.That((world.Ui.SignatureQuestions.Count, world.Server.Count("authorize")), Is.EqualTo((0, 0)));
    }

    [Test]
    public void ToCard_LeadingZeros_ArePaddedToTheCurve()
    {
        byte[] der = Convert.FromHexString("300602010502017F");
        byte[] card = SignatureCheck.ToCard(new SignatureAlgorithm(SignatureScheme.Ecdsa, DigestAlgorithm.Sha512), 521, der);
        Assert.That(card, Has.Length.EqualTo(132));
        Assert.That((card[65], card[131], card.Count(b => b != 0)), Is.EqualTo(((byte)5, (byte)0x7F, 2)));
    }

    [TestCase("3006020100020101", TestName = "ToCard_Zero_IsRefused")]
    [TestCase("30060201FF020101", TestName = "ToCard_Negative_IsRefused")]
    [TestCase("30260221010000000000000000000000000000000000000000000000000000000000000000020101", TestName = "ToCard_TooLong_IsRefused")]
    public void ToCard_NumberOutOfRange_IsRefused(string der) => Assert.That(
        () => SignatureCheck.ToCard(new SignatureAlgorithm(SignatureScheme.Ecdsa, DigestAlgorithm.Sha256), 256, Convert.FromHexString(der)),
        Throws.InstanceOf<CryptographicException>());

    private static bool Verifies(string credential, SignatureScheme scheme, byte hash, int salt, byte[] digest, byte[] signature)
    {
        HashAlgorithmName name = hash switch { 3 => HashAlgorithmName.SHA256, 4 => HashAlgorithmName.SHA384, _ => HashAlgorithmName.SHA512 };
        return scheme switch
        {
            SignatureScheme.RsaPkcs1 => World.Rsa.VerifyHash(digest, signature, name, RSASignaturePadding.Pkcs1),
            SignatureScheme.RsaPss when salt == digest.Length => World.Rsa.VerifyHash(digest, signature, name, RSASignaturePadding.Pss),
            SignatureScheme.RsaPss => signature.Length == 256,
            _ => (credential == "p256" ? World.P256 : World.P384).VerifyHash(digest, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
        };
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
