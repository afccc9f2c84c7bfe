using System.Net.Sockets;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Agent.Core.Signing;
using RemoteSigning.Agent.Tests.Fakes;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Agent.Tests;

/// <summary>Connections that misbehave, and many that behave.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ConnectionTests
{
    [Test]
    public async Task Connection_OversizedRequest_IsEndedAndLogged()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        await using CardClient client = await world.ConnectAsync();
        await client.Stream.WriteAsync(new byte[] { 1, 0, 1, 0 });
        Assert.That(await client.IsClosedAsync(), Is.True);
        await world.UntilAsync(status => status.Connections == 0);
        Assert.That(world.Log.Entries.Select(e => e.Id), Has.Member(113));
    }

    /// <summary>A newer shim learns which version there is, and may go on in it on the same connection.</summary>
    [TestCase((ushort)0)]
    [TestCase((ushort)2)]
    [TestCase((ushort)0x0101)]
    [TestCase(ushort.MaxValue)]
    public async Task Hello_OtherVersion_IsRefusedInVersion1AndMayBeRepeated(ushort version)
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        await using CardClient client = await CardClient.ConnectAsync(world.Socket);
        await client.SendAsync(CardVerb.Hello, w => w.Raw(new byte[40]), version); // A version of its own may have other fields.
        CardFrame? answer = await client.ReceiveAsync();
        var reader = new PayloadReader(answer?.Payload);
        AnswerHead head = AnswerHead.Read(reader);
        reader.End();
        using (Assert.EnterMultipleScope())
        {
            Assert.That((answer?.Version, answer?.Verb, answer?.RequestId), Is.EqualTo(((ushort?)1, (ushort?)0x8001, (uint?)1)));
            Assert.That(head.Problem, Is.EqualTo(Problem.InvalidRequest));
            Assert.That(head.Message, Does.Contain("version 1 of the card protocol"));
        }

        Assert.That((await client.HelloAsync(new byte[16])).Mode, Is.EqualTo(CardMode.Agent));
        Assert.That((await client.ListAsync()).Credentials, Is.Not.Empty);
    }

    [Test]
    public async Task Connection_PayloadTooShortOrTooLong_IsEnded()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        foreach (Action<PayloadWriter> payload in new Action<PayloadWriter>[] { w => w.U32(0), w => w.U64(0).U8(0) })
        {
            await using CardClient client = await world.ConnectAsync();
            await client.SendAsync(CardVerb.List, payload);
            Assert.That(await client.IsClosedAsync(), Is.True);
        }
    }

    [Test]
    public async Task Connection_CutInsideAFrame_LeavesTheOthersAlone()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        await using CardClient other = await world.ConnectAsync();
        for (int length = 1; length < 20; length++)
        {
            await using CardClient client = await CardClient.ConnectAsync(world.Socket);
            byte[] hello = [24, 0, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, .. new byte[16]];
            await client.Stream.WriteAsync(hello.AsMemory(0, length));
        }

        await world.UntilAsync(status => status.Connections == 1);
        Assert.That((await other.ListAsync()).Credentials, Is.Not.Empty);
    }

    [Test]
    public async Task Connection_SecondRequestDuringACall_EndsItAndDropsTheCall()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        var takenBack = new TaskCompletionSource();
        world.Ui.OnSignature = async (_, cancellation) =>
        {
            await using CancellationTokenRegistration registration = cancellation.Register(takenBack.SetResult);
            await Task.Delay(Timeout.Infinite, cancellation);
            return null;
        };
        await using CardClient client = await world.ConnectAsync();
        await client.SendAsync(CardVerb.Sign, World.Request("rsa").Write);
        await client.SendAsync(CardVerb.List, w => w.U64(0));
        Assert.That(await client.IsClosedAsync(), Is.True);
        await takenBack.Task;
    }

    [Test]
    public async Task Connection_FiftyAtOnce_AllSign()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        byte[] instance = [.. Enumerable.Repeat((byte)3, 16)];
        await using CardClient first = await world.ConnectAsync(instance);
        await first.LoginAsync(FakeServer.Pin);
        byte[][] signatures = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            await using CardClient client = await world.ConnectAsync(instance);
            return await client.SignAsync(World.Request("rsa"));
        }));
        Assert.That(signatures, Has.Length.EqualTo(50).And.All.EqualTo(signatures[0]), "PKCS#1 v1.5 is deterministic");
        Assert.That(world.Server.Count("signHash"), Is.EqualTo(50));
    }

    [Test]
    public async Task Connection_BeyondTheLimit_IsClosedAtOnce()
    {
        using var folder = new TemporaryFolder();
        var log = new ListLog();
        string socket = folder.In("card.sock");
        using ILocalListener listener = new UnixSystem(log).Listen(socket);
        using var stopping = new CancellationTokenSource();
        var server = new CardServer(
            listener, c => new CardConnection(c, NoCalls, new ApplicationInstances(), TimeProvider.System, log), 2, TimeProvider.System, log);
        Task running = server.RunAsync(stopping.Token);
        await using CardClient first = await CardClient.GreetAsync(socket);
        await using (CardClient second = await CardClient.GreetAsync(socket))
        {
            await using CardClient tooMany = await CardClient.ConnectAsync(socket);
            Assert.That(await tooMany.IsClosedAsync(), Is.True);
            Assert.That(log.Entries.Single(e => e.Id == 112).Text, Does.Contain("there are 2 already"));
        }

        while (server.Connections == 2)
        {
            await Task.Yield();
        }

        await using CardClient next = await CardClient.GreetAsync(socket);
        Assert.That((await next.ListAsync()).State, Is.EqualTo(CardStates.None));
        await stopping.CancelAsync();
        await running;
    }

    [TestCase(1_048_576ul, 4096)]
    [TestCase(4224ul, 4096)]
    [TestCase(1024ul, 896)]
    [TestCase(64ul, 1)]
    [TestCase(ulong.MaxValue, 4096)]
    public void LimitFor_Descriptors_LeavesSomeForTheRest(ulong descriptors, int limit) =>
        Assert.That(CardServer.LimitFor(descriptors), Is.EqualTo(limit));

    [Test]
    public async Task Connection_AThousandPrograms_AllSignAndTheServerIsNotFlooded()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        Task meeting = world.Server.MeetAsync("signHash");
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(async _ =>
        {
            await using CardClient events = await world.ConnectAsync();
            await using CardClient calls = await world.ConnectAsync();
            ListAnswer list = await calls.ListAsync();
            await events.SendAsync(CardVerb.Wait, w => w.U64(list.Generation));
            await calls.SignAsync(World.Request("free"));
        }));
        await meeting;
        Assert.That(world.Server.Count("signHash"), Is.EqualTo(1000));
        Assert.That(world.Server.MostAtOnce, Is.GreaterThan(1).And.AtMost(ServerQueue.Width));
    }

    [Test]
    public async Task Connection_AThousandProgramsWithAPin_AllLogInAndSign()
    {
        await using World world = await World.StartAsync(CardMode.Pin);
        Task meeting = world.Server.MeetAsync("signHash");
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(async _ =>
        {
            await using CardClient client = await world.ConnectAsync();
            await client.LoginAsync(FakeServer.Pin);
            await client.SignAsync(World.Request("p256", SignatureScheme.Ecdsa));
        }));
        await meeting;
        Assert.That((world.Server.Count("pin"), world.Server.Count("signHash")), Is.EqualTo((1000, 1000)));
        Assert.That(world.Server.MostAtOnce, Is.GreaterThan(1).And.AtMost(ServerQueue.Width));
        await world.UntilAsync(status => status.Connections == 0 && status.Applications == 0);
    }

    [Test]
    public async Task Connection_SilentBeforeHello_IsEndedInTime()
    {
        using var clock = new TimerClock();
        (Socket ours, Socket theirs) = await SocketPairAsync();
        using (theirs)
        {
            var log = new ListLog();
            await using var connection = new CardConnection(
                new LocalConnection(new NetworkStream(ours, ownsSocket: true), new Peer("1000", 1, "/usr/bin/program")), NoCalls, new ApplicationInstances(), clock, log);
            Task serving = connection.ServeAsync(CancellationToken.None, CancellationToken.None);
            clock.Advance(TimeSpan.FromSeconds(4.9));
            Assert.That(serving.IsCompleted, Is.False);
            clock.Advance(TimeSpan.FromSeconds(0.2));
            await serving;
            Assert.That(log.Entries.Single().Text, Does.Contain("HELLO did not come in time"));
        }
    }

    [Test]
    public void Instances_UserOrInstanceDiffers_AreApart()
    {
        var instances = new ApplicationInstances();
        byte[] id = new byte[16];
        ApplicationInstance one = instances.Join(ApplicationInstances.Key(new Peer("1000", 1, "a"), id));
        ApplicationInstance other = instances.Join(ApplicationInstances.Key(new Peer("1001", 1, "a"), id));
        one.LogIn(new Core.Secret("1234"));
        Assert.That((one.IsLoggedIn, other.IsLoggedIn), Is.EqualTo((true, false)));
        instances.LogOutAll();
        Assert.That((one.IsLoggedIn, one.CopyPin()), Is.EqualTo((false, (Core.Secret?)null)));
    }

    [Test]
    public void Instance_LoginAfterItsEnd_KeepsNoPin()
    {
        var instances = new ApplicationInstances();
        ApplicationInstance instance = instances.Join("key");
        instances.Leave("key");
        var pin = new Core.Secret("1234");
        instance.LogIn(pin);
        Assert.That((instance.IsLoggedIn, pin.Reveal(), instances.Count), Is.EqualTo((false, "\0\0\0\0", 0)));
    }

    private static CardCalls NoCalls { get; } = new(
        new AgentOptions { Server = new Uri("https://localhost"), Email = FakeServer.Email },
        new Core.Card.CardContents(TimeProvider.System), null!, null!, new ListLog()); // HELLO never comes, so nothing is called

    private static async Task<(Socket Ours, Socket Theirs)> SocketPairAsync()
    {
        string folder = Directory.CreateTempSubdirectory("rs-agent-").FullName;
        var endPoint = new UnixDomainSocketEndPoint(Path.Combine(folder, "pair"));
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(endPoint);
        listener.Listen();
        var theirs = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await theirs.ConnectAsync(endPoint);
        Socket ours = await listener.AcceptAsync();
        Directory.Delete(folder, recursive: true);
        return (ours, theirs);
    }
}
