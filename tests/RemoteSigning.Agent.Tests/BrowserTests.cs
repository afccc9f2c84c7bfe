using System.Diagnostics;
using RemoteSigning.Agent.Core.Control;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Tests.Fakes;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Agent.Tests;

/// <summary>A running NSS, the library below browsers, with the PKCS#11 module (tests/native/nss_test.c), before this agent.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class BrowserTests
{
    /// <summary>Six credentials, their issuer and the root.</summary>
    private const string AtFirst = "8";

    [Test]
    public async Task Nss_CardChanges_IsSeenWithoutARestart()
    {
        await using World world = await World.StartAsync(CardMode.Agent);
        using Process nss = Start(world.Socket);
        try
        {
            Assert.That(await nss.StandardOutput.ReadLineAsync(), Is.EqualTo(AtFirst));
            world.Server.Add(new FakeCredential("new", World.P256, World.Pki.Issue(World.P256, true)));
            await AskAsync(world, new ControlRequest(ControlCommands.Login, FakeServer.Password));
            Assert.That(await nss.StandardOutput.ReadLineAsync(), Is.EqualTo("9"));
            world.Server.Credentials.TryRemove("rsa", out _);
            await AskAsync(world, new ControlRequest(ControlCommands.Login, FakeServer.Password));
            Assert.That(await nss.StandardOutput.ReadLineAsync(), Is.EqualTo("8"));
            await AskAsync(world, new ControlRequest(ControlCommands.Logout));
            Assert.That(await nss.StandardOutput.ReadLineAsync(), Is.EqualTo("0"));
            await AskAsync(world, new ControlRequest(ControlCommands.Login, FakeServer.Password));
            Assert.That(await nss.StandardOutput.ReadLineAsync(), Is.EqualTo("8"));
            await world.StopAsync();
            Assert.That(await nss.StandardOutput.ReadLineAsync(), Is.EqualTo("0"));
        }
        finally
        {
            nss.Kill();
        }
    }

    private static Task<AgentStatus> AskAsync(World world, ControlRequest request) => new ControlClient(world.System, world.Socket).AskAsync(request, CancellationToken.None);

    private static Process Start(string socket)
    {
        Installation built = Installation.Current;
        var start = new ProcessStartInfo(Path.Combine(built.Artifacts, "native", "tests", "nss_test"), [built.Module, "-"])
        {
            RedirectStandardOutput = true,
            Environment = { ["REMOTESIGNING_SOCKET"] = socket },
        };
        return Process.Start(start) ?? throw new InvalidOperationException("NSS did not start.");
    }
}
