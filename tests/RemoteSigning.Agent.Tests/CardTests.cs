using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Agent.Core.Control;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Agent.Tests.Fakes;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Tests;

/// <summary>HELLO, LIST and WAIT: what programs see of the card.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class CardTests
{
    [Test]
    public async Task Hello_Answered_TellsDeadlineAndMode()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        await using CardClient client = await CardClient.ConnectAsync(world.Socket);
        HelloAnswer answer = await client.HelloAsync(new byte[16]);
        Assert.That((answer.ConsentDeadline, answer.Mode), Is.EqualTo((120u, CardMode.Pin)));
        Assert.That(answer.Agent, Does.StartWith("RemoteSigning agent "));
    }

    [Test]
    public async Task Hello_Twice_IsRefused()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        await using CardClient client = await world.ConnectAsync();
        Assert.That(await World.ProblemOfAsync(client.HelloAsync(new byte[16])), Is.EqualTo(Problem.InvalidRequest));
    }

    [TestCase(CardVerb.List)]
    [TestCase(CardVerb.Sign)]
    [TestCase(CardVerb.Wait)]
    public async Task Call_BeforeHello_IsRefusedAndTheConnectionGoesOn(CardVerb verb)
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        await using CardClient client = await CardClient.ConnectAsync(world.Socket);
        Assert.That(await World.ProblemOfAsync(client.CallAsync(verb, w => w.U64(0), _ => 0)), Is.EqualTo(Problem.InvalidRequest));
        Assert.That((await client.HelloAsync(new byte[16])).Mode, Is.EqualTo(CardMode.Agent));
    }

    [Test]
    public async Task Call_UnknownVerbOrVersion_IsAnsweredAndTheConnectionGoesOn()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        await using CardClient client = await world.ConnectAsync();
        Assert.That(await World.ProblemOfAsync(client.CallAsync((CardVerb)99, w => w.U64(5), _ => 0)), Is.EqualTo(Problem.InvalidRequest));
        await client.SendAsync(CardVerb.List, w => w.U64(0), version: 2);
        CardFrame? answer = await client.ReceiveAsync();
        Assert.That(AnswerHead.Read(new PayloadReader(answer?.Payload)).Problem, Is.EqualTo(Problem.InvalidRequest));
        Assert.That(await World.ProblemOfAsync(client.CallAsync(CardVerb.Decrypt, _ => { }, _ => 0)), Is.EqualTo(Problem.UnsupportedAlgorithm));
        Assert.That((await client.ListAsync()).Credentials, Is.Not.Empty);
    }

    [Test]
    public async Task List_SignedIn_ShowsEveryCredentialAsItsCertificateSays()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        await using CardClient client = await world.ConnectAsync();
        ListAnswer list = await client.ListAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((list.State, list.Mode, list.TokenLabel, list.TokenSerial.Length), Is.EqualTo((CardStates.SignedIn, CardMode.Pin, "Remote Signing", 16)));
            Assert.That(list.Credentials.Select(c => (c.Id, c.Label, c.Purpose)), Is.EqualTo(new[]
            {
                ("auth", "Test Signer authentication", (byte)2),
                ("free", "Test Signer signature", (byte)1),
                ("otp", "Test Signer signature 2", (byte)1),
                ("p256", "Curve", (byte)1),
                ("p384", "Test Signer signature 3", (byte)1),
                ("rsa", "Test Signer signature 4", (byte)1),
            }));
            Assert.That(list.Credentials.Select(c => c.Flags), Has.All.Zero);
        }

        RSAParameters rsa = World.Rsa.ExportParameters(false);
        CardCredential onCard = list.Credentials.Single(c => c.Id == "rsa");
        ECParameters p384 = World.P384.ExportParameters(false);
        CardCredential curve = list.Credentials.Single(c => c.Id == "p384");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((onCard.KeyType, onCard.KeyBits, onCard.Schemes, onCard.Hashes), Is.EqualTo(((byte)1, (ushort)2048, (byte)0b0110, (byte)0b11_1000)));
            Assert.That(onCard.A, Is.EqualTo(rsa.Modulus));
            Assert.That(onCard.B, Is.EqualTo(new byte[] { 1, 0, 1 }));
            Assert.That(onCard.CkaId, Is.EqualTo(SHA256.HashData(World.Rsa.ExportSubjectPublicKeyInfo())[..20]));
            Assert.That((curve.KeyType, curve.KeyBits, curve.Schemes), Is.EqualTo(((byte)2, (ushort)384, (byte)0b1000)));
            Assert.That(curve.A, Is.EqualTo(Convert.FromHexString("06052B81040022")));
            Assert.That(curve.B, Is.EqualTo(new byte[] { 4 }.Concat(p384.Q.X ?? []).Concat(p384.Q.Y ?? [])));
        }
    }

    [Test]
    public async Task List_Certificates_AreTheChainWithItsFields()
    {
        await using World world = await World.CreateAsync();
        world.Server.Add(new FakeCredential("high", World.P256, World.Pki.Issue(World.P256, true, [0xFF, 1, 2])));
        await world.StartAsync();
        await using CardClient client = await world.ConnectAsync();
        IReadOnlyList<CardCertificate> chain = (await client.ListAsync()).Credentials.Single(c => c.Id == "high").Certificates;
        using X509Certificate2 own = X509CertificateLoader.LoadCertificate(chain[0].Value);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(chain, Has.Count.EqualTo(3));
            Assert.That(chain[0].Serial, Is.EqualTo(new byte[] { 2, 4, 0, 0xFF, 1, 2 }), "a DER INTEGER");
            Assert.That(chain[0].Subject, Is.EqualTo(own.SubjectName.RawData));
            Assert.That(chain[0].Issuer, Is.EqualTo(chain[1].Subject));
            Assert.That(chain[2].Issuer, Is.EqualTo(chain[2].Subject));
            Assert.That((chain[0].NotBefore, chain[0].NotAfter), Is.EqualTo(("20260102", "20461231")));
        }
    }

    [Test]
    public async Task List_AndVerifyAndHello_AskTheServerNothing()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        int before = world.Server.Requests.Count;
        for (int i = 0; i < 20; i++)
        {
            await using CardClient client = await world.ConnectAsync();
            await client.ListAsync();
            Assert.That(await client.VerifyAsync(new VerifyRequest("rsa", 1, 3, 0, World.Digest(3), new byte[256])), Is.False);
        }

        Assert.That(world.Server.Requests, Has.Count.EqualTo(before));
    }

    [Test]
    public async Task List_KnownGeneration_ComesWithoutCredentials()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        await using CardClient client = await world.ConnectAsync();
        ListAnswer first = await client.ListAsync();
        ListAnswer second = await client.ListAsync(first.Generation);
        Assert.That(first.Generation, Is.Not.Zero);
        Assert.That((second.Generation, second.State, second.Credentials.Count), Is.EqualTo((first.Generation, first.State, 0)));
    }

    [Test]
    public async Task List_NotSignedIn_IsAnEmptyReader()
    {
        await using World world = await World.CreateAsync();
        await world.StartAsync(signedIn: false);
        await using CardClient client = await world.ConnectAsync();
        ListAnswer list = await client.ListAsync();
        Assert.That((list.State, list.Credentials.Count), Is.EqualTo((CardStates.None, 0)));
        Assert.That(list.Generation, Is.Not.Zero);
        Assert.That(await World.ProblemOfAsync(client.LoginAsync(FakeServer.Pin)), Is.EqualTo(Problem.NotSignedIn));
        Assert.That(await World.ProblemOfAsync(client.SignAsync(World.Request("rsa"))), Is.EqualTo(Problem.NotSignedIn));
    }

    [Test]
    public async Task List_CredentialsThatCannotBeOnTheCard_AreLeftOutAndLogged()
    {
        await using World world = await World.CreateAsync();
        world.Server.Add(new FakeCredential("browser", World.Rsa, World.Pki.Issue(World.Rsa, true)) { AuthMode = "oauth2code" });
        world.Server.Add(new FakeCredential("broken", World.Rsa, ["AAAA"]));
        world.Server.Add(new FakeCredential("bare", World.Rsa, []));
        await world.StartAsync();
        await using CardClient client = await world.ConnectAsync();
        Assert.That((await client.ListAsync()).Credentials.Select(c => c.Id), Is.EqualTo(new[] { "auth", "free", "otp", "p256", "p384", "rsa" }));
        Assert.That(world.Log.Entries.Where(e => e.Id == 134).Select(e => e.Text), Has.Exactly(1).Contains("browser").And.Exactly(1).Contains("broken").And.Exactly(1).Contains("bare"));
    }

    [Test]
    public async Task List_PinPerSignature_FlagsSigningKeysWithAPin()
    {
        await using World world = await World.CreateAsync();
        world.Options = world.Options with { CardMode = CardMode.Pin, PinPerSignature = true };
        await world.StartAsync();
        await using CardClient client = await world.ConnectAsync();
        Assert.That((await client.ListAsync()).Credentials.Where(c => c.Flags == 1).Select(c => c.Id), Is.EqualTo(new[] { "otp", "p256", "p384", "rsa" }));
    }

    [Test]
    public async Task Wait_SignInEnds_WakesUpAndTheCardIsEmpty()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        await using CardClient watcher = await world.ConnectAsync();
        await using CardClient client = await world.ConnectAsync();
        await client.LoginAsync(FakeServer.Pin);
        ulong known = (await client.ListAsync()).Generation;
        Task<ulong> waiting = watcher.WaitAsync(known);
        await new ControlClient(world.System, world.Socket).AskAsync(new ControlRequest(ControlCommands.Logout), CancellationToken.None);
        ulong changed = await waiting;
        ListAnswer list = await client.ListAsync(known);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(changed, Is.GreaterThan(known));
            Assert.That((list.Generation, list.State, list.Credentials.Count), Is.EqualTo((changed, CardStates.None, 0)));
            Assert.That(world.Server.Count("revoke"), Is.EqualTo(1));
        }
    }

    [Test]
    public async Task Wait_CredentialsUnchanged_GoesOnUntilTheyChange()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        await using CardClient watcher = await world.ConnectAsync();
        ulong known = (await watcher.ListAsync()).Generation;
        Task<ulong> waiting = watcher.WaitAsync(known);
        var control = new ControlClient(world.System, world.Socket);
        await control.AskAsync(new ControlRequest(ControlCommands.Login, FakeServer.Password), CancellationToken.None);
        Assert.That(waiting.IsCompleted, Is.False, "the same credentials were read again");
        world.Server.Credentials["rsa"].KeyStatus = "disabled";
        await control.AskAsync(new ControlRequest(ControlCommands.Login, FakeServer.Password), CancellationToken.None);
        Assert.That(await waiting, Is.GreaterThan(known));
    }

    [Test]
    public async Task Wait_AgentStops_ClosesTheConnection()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        await using CardClient watcher = await world.ConnectAsync();
        await watcher.SendAsync(CardVerb.Wait, w => w.U64(0xFFFF));
        Assert.That(await watcher.ReceiveAsync(), Is.Not.Null, "another generation is the case");
        ulong known = (await watcher.ListAsync()).Generation;
        await watcher.SendAsync(CardVerb.Wait, w => w.U64(known));
        await world.StopAsync();
        Assert.That(await watcher.IsClosedAsync(), Is.True);
        Assert.That(File.Exists(world.Socket), Is.False);
    }
}
