using System.Diagnostics;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Signing;
using RemoteSigning.Agent.Tests.Fakes;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Agent.Tests;

/// <summary>The PKCS#11 module in a thousand processes at once (tests/native/crowd_test.c), before this agent.</summary>
[Parallelizable(ParallelScope.None)]
internal sealed class CrowdTests
{
    private const int Programs = 1000;

    [TestCase(CardMode.Agent, "Test Signer signature", 0)]
    [TestCase(CardMode.Pin, "Curve", Programs)]
    public async Task Crowd_AThousandProcesses_EachSigns(CardMode mode, string label, int pinChecks)
    {
        await using World world = await World.StartAsync(mode);
        Task meeting = world.Server.MeetAsync("signHash");
        (int exitCode, string output) = await RunAsync(world.Socket, label);
        await meeting;
        TestContext.Out.WriteLine(output);
        Assert.That(exitCode, Is.Zero, output);
        Assert.That((world.Server.Count("pin"), world.Server.Count("signHash")), Is.EqualTo((pinChecks, Programs)));
        Assert.That(world.Server.MostAtOnce, Is.GreaterThan(1).And.AtMost(ServerQueue.Width));
        await world.UntilAsync(status => status.Connections == 0 && status.Applications == 0);
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string socket, string label)
    {
        Installation built = Installation.Current;
        var start = new ProcessStartInfo(Path.Combine(built.Artifacts, "native", "tests", "crowd_test"), [built.Module, "-", $"{Programs}", label])
        {
            RedirectStandardError = true,
            Environment = { ["REMOTESIGNING_SOCKET"] = socket },
        };
        using Process crowd = Process.Start(start) ?? throw new InvalidOperationException("The programs did not start.");
        string output = await crowd.StandardError.ReadToEndAsync();
        await crowd.WaitForExitAsync();
        return (crowd.ExitCode, output);
    }
}
