using System.IO.Pipes;
using System.Security.Principal;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Contracts;

namespace RemoteSigning.PipeChecks;

/// <summary>Programs that connect.</summary>
internal static class CallerChecks
{
    public static async Task CallerIsKnown()
    {
        string place = Place.New();
        WindowsSystem system = Place.System(TimeProvider.System);
        using ILocalListener listener = system.Listen(place);
        Task<LocalConnection> accepting = Place.Open(listener);
        await using Stream caller = await system.ConnectAsync(place, CancellationToken.None);
        await caller.WriteAsync(new byte[] { 7 });
        LocalConnection accepted = await accepting;
        await using Stream stream = accepted.Stream;
        using var own = WindowsIdentity.GetCurrent();
        CheckException.Require(accepted.Peer.User == own.User?.Value, $"the user is {accepted.Peer.User}");
        CheckException.Require(accepted.Peer.ProcessId == Environment.ProcessId, $"the process is {accepted.Peer.ProcessId}");
        CheckException.Require(
            accepted.Peer.Program.EndsWith("pipe-checks.exe", StringComparison.OrdinalIgnoreCase), $"the program is {accepted.Peer.Program}");
        CheckException.Require(stream.ReadByte() == 7, "the first byte is lost");
    }

    /// <summary>The clock stands still: an agent that pauses after one of them never comes back.</summary>
    public static async Task LeavingCallersDelayNobody()
    {
        string place = Place.New();
        WindowsSystem system = Place.System(new StoppedClock());
        using ILocalListener listener = system.Listen(place);
        Task<LocalConnection> accepting = Place.Open(listener);
        for (int i = 0; i < 40; i++)
        {
            (await Connect(place)).Dispose();
        }

        await using Stream caller = await system.ConnectAsync(place, CancellationToken.None);
        await caller.WriteAsync(new byte[] { 7 });
        await using Stream stream = (await accepting).Stream;
        CheckException.Require(stream.ReadByte() == 7, "another caller was taken");
    }

    public static async Task SilentCallerIsDropped()
    {
        string place = Place.New();
        var clock = new StoppedClock();
        using ILocalListener listener = Place.System(clock).Listen(place);
        _ = Place.Open(listener);
        await using NamedPipeClientStream caller = await Connect(place);
        await clock.FireAsync();
        CheckException.Require(await caller.ReadAsync(new byte[1]) == 0, "it is not dropped");
    }

    /// <summary>A sandbox of the same user takes the name that a killed agent left behind.</summary>
    public static async Task SandboxIsNoAgent()
    {
        string place = Place.New();
        string name = WindowsPipe.Prefix + place;
        string descriptor = WindowsPipe.DescriptorFor(WindowsPipe.Own());
        await using NamedPipeServerStream sandbox = WindowsPipe.Create(name, first: true, descriptor.Replace(";;;ME)", ";;;LW)", StringComparison.Ordinal));
        Place.Publish(place, WindowsPipe.Folder + name);
        try
        {
            await using Stream stream = await Place.System(TimeProvider.System).ConnectAsync(place, CancellationToken.None);
        }
        catch (ProblemException e) when (e.Problem == Problem.NotAllowed)
        {
            CheckException.Require(e.Message == "The agent's pipe was made by a sandboxed program.", e.Message);
            return;
        }

        throw new CheckException("its pipe was taken for the agent's");
    }

    private static async Task<NamedPipeClientStream> Connect(string place)
    {
        string name = Place.Published(place)![@"\\.\pipe\".Length..];
        var pipe = new NamedPipeClientStream(".", name, PipeDirection.InOut, PipeOptions.Asynchronous, TokenImpersonationLevel.Identification);
        await pipe.ConnectAsync();
        return pipe;
    }
}
