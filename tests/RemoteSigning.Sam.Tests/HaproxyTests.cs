using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>Two nodes, each a process, behind haproxy with the configuration of docs/sam/cluster.md; one of them is killed under load.</summary>
public sealed class HaproxyTests
{
    private const int Requests = 300;
    private const int Batch = 20;
    private const string Known = "sad_wrong_epoch sad_expired service_unavailable";

    private readonly int _port = FreePort.Next();
    private readonly ConcurrentBag<(byte[][] Digests, Reply? Reply)> _results = [];
    private TestCluster _cluster = null!; // Set before the test runs.
    private NodeProcess[] _processes = null!;
    private ChildProcess _haproxy = null!;
    private SamClient[] _clients = null!;
    private KeyPair _key = null!;

    [SetUp]
    public async Task Start()
    {
        _cluster = await TestCluster.ServeAsync(2);
        _key = await TestKey.EnabledAsync(_cluster[0], TestKey.Rsa2048);
        foreach (TestNode node in _cluster.Nodes)
        {
            await node.StopAsync();
        }

        _processes = [.. _cluster.Nodes.Select(n => new NodeProcess(n))];
        Array.ForEach(_processes, p => p.Start());
        string file = Path.Combine(_cluster[0].Folder, "haproxy.cfg");
        File.WriteAllText(file, Configuration());
        _haproxy = ChildProcess.Start("haproxy", "haproxy", ["-db", "-f", file], Path.Combine(_cluster[0].Folder, "haproxy.log"));
        _clients = [.. _cluster.Nodes.Select(Connect)];
        foreach (SamClient client in _clients)
        {
            await NodeProcess.WaitAsync(client);
        }
    }

    [TearDown]
    public async Task Stop()
    {
        Array.ForEach(_clients ?? [], c => c.Dispose());
        _haproxy?.Dispose();
        Array.ForEach(_processes ?? [], p => p.Dispose());
        await _cluster.DisposeAsync();
    }

    [Test]
    public async Task Sign_NodeKilledAndStartedAgainUnderLoad_NothingIsSignedTwiceAndTheLogsSayHowOften()
    {
        int next = 0;
        Task restart = Task.CompletedTask;

        await Task.WhenAll(Enumerable.Range(0, 6).Select(worker => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is var number && number <= Requests)
            {
                if (number == Requests / 3)
                {
                    _processes[0].Kill();
                }
                else if (number == Requests / 2)
                {
                    _processes[0].Start();
                    restart = NodeProcess.WaitAsync(_clients[0]);
                }
                else if (number == Requests * 3 / 4)
                {
                    await restart;
                }

                await SignAsync(number % 2);
            }
        })));

        await restart;
        List<AuditRecord> signed =
        [
            .. _cluster.Nodes.SelectMany(n => n.Records()).Where(r => r is { Event: AuditEvents.Sign, Outcome: "success" }),
        ];
        string[] answered = Digests(r => r?.Status == HttpStatusCode.OK);
        string[] unanswered = Digests(r => r is null);
        string[] recorded = [.. signed.SelectMany(r => r.Digests!).Select(d => d.Digest)];
        Reply[] refused = [.. _results.Select(r => r.Reply).OfType<Reply>().Where(r => r.Status != HttpStatusCode.OK)];
        TestContext.Out.WriteLine($"{answered.Length} answered, {refused.Length} refused, {unanswered.Length} unanswered, {recorded.Length} recorded");
        Assert.That(refused.Select(r => r.Problem.Code), Is.SubsetOf(Known.Split(' ')));
        Assert.That(_results, Has.Count.GreaterThanOrEqualTo(Requests));
        Assert.That(answered, Has.Length.GreaterThan(Requests * Batch / 2));
        Assert.That(answered, Is.SubsetOf(recorded), "no signature without a record");
        Assert.That(recorded.Except(answered), Is.SubsetOf(unanswered), "no record of a signature that was refused");
        Assert.That(signed.Select(r => r.Jti), Is.Unique);
        Assert.That(recorded, Is.Unique);
        foreach (TestNode node in _cluster.Nodes)
        {
            Assert.That(node.Records().Any(r => r is { Event: AuditEvents.Sign, Outcome: "success" }), Is.True);
            Assert.That(node.VerifyLog(out string said), Is.Zero, said);
            Assert.That(node.VerifyLog([node.AdministrationLogFile], out said), Is.Zero, said);
        }
    }

    /// <summary>As a signing server does it: another node only when the first was not reached, with another SAD.</summary>
    private async Task SignAsync(int first)
    {
        for (int i = 0; i < 2; i++)
        {
            int node = (first + i) % 2;
            string epoch;
            try
            {
                epoch = (await _clients[node].GetStatusAsync()).Epoch;
            }
            catch (HttpRequestException)
            {
                continue; // To ask for the epoch is to ask for nothing.
            }

            byte[][] digests = [.. Enumerable.Range(0, Batch).Select(_ => RandomNumberGenerator.GetBytes(32))];
            var request = new SignaturesRequest(
                [.. digests.Select(d => new SignatureRequest(d))], _key, new Signer(TestKey.Signer), Oids.Sha256WithRsa);
            string sad = TestSad.For(_cluster[node], request, epoch, DateTimeOffset.UtcNow).Sign(_cluster[node].As1);
            try
            {
                Reply reply = await _clients[node].SignAsync(request, sad);
                _results.Add((digests, reply));
                if (reply.Status == HttpStatusCode.OK)
                {
                    Assert.That(digests.Zip(reply.Signatures.Values, (d, s) => TestKey.Verifies(_key, Oids.Sha256WithRsa, [], d, s)), Is.All.True);
                }

                return;
            }
            catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError)
            {
                // Never reached: nothing was sent.
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                _results.Add((digests, null));
                return;
            }
        }
    }

    private string[] Digests(Func<Reply?, bool> which) =>
        [.. _results.Where(r => which(r.Reply)).SelectMany(r => r.Digests).Select(Convert.ToHexStringLower)];

    /// <summary>What the documentation says, with the addresses of this test.</summary>
    private string Configuration()
    {
        string[] lines = File.ReadAllLines(Path.Combine(Installation.Current.Root, "docs", "sam", "cluster.md"));
        string documented = string.Join('\n', lines.SkipWhile(l => l != "frontend sam").TakeWhile(l => l != "```"));
        foreach ((string address, int port) in (ReadOnlySpan<(string, int)>)
            [("192.0.2.10", _port), ("192.0.2.1", _cluster[0].Address.Port), ("192.0.2.2", _cluster[1].Address.Port)])
        {
            Assert.That(documented, Does.Contain($"{address}:8443"));
            documented = documented.Replace($"{address}:8443", $"127.0.0.1:{port}", StringComparison.Ordinal);
        }

        return $"defaults\n    timeout connect 2s\n    timeout client 60s\n    timeout server 60s\n{documented}\n";
    }

    /// <summary>Through the balancer by the node's name; what answers must have that node's key.</summary>
    private SamClient Connect(TestNode node)
    {
        var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await socket.ConnectAsync(IPAddress.Loopback, _port, cancel);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        handler.SslOptions.ClientCertificates = [X509Certificate2.CreateFromPemFile(node.Ssa.Certificate, node.Ssa.Key)];
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is X509Certificate2 shown
            && shown.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(node.Server.PublicKeyInfo);
        return new SamClient(new HttpClient(handler) { BaseAddress = new Uri($"https://{node.NodeName}.example:{_port}"), Timeout = TimeSpan.FromSeconds(30) });
    }
}
