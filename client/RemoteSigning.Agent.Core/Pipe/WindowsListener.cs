using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.Versioning;
using System.Security;
using System.Security.Cryptography;
using System.Security.Principal;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace RemoteSigning.Agent.Core.Pipe;

/// <summary>Instances of one pipe with a random name, each waiting for a program, and who the program's user is.</summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsListener : ILocalListener
{
    /// <summary>How many instances wait: so many programs may come at the same moment. For the others the shim waits a few seconds.</summary>
    private const int Waiting = 16;

    private static readonly TimeSpan FirstBytesDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    private readonly string _name = WindowsPipe.Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    private readonly SecurityIdentifier _own = WindowsPipe.Own();
    private readonly Channel<LocalConnection> _identified = Channel.CreateUnbounded<LocalConnection>();
    private readonly CancellationTokenSource _stopping = new();
    private readonly WindowsPlace _place;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private bool _listens;

    /// <exception cref="Contracts.ProblemException">Another agent has this place.</exception>
    public WindowsListener(string value, TimeProvider clock, ILogger log)
    {
        (_clock, _log) = (clock, log);
        _place = WindowsPlace.Take(value, _own);
    }

    public async Task<LocalConnection> AcceptAsync(CancellationToken cancellation)
    {
        if (!_listens)
        {
            // The first instance fails if anybody has this name, which nobody can know.
            NamedPipeServerStream first = Create(first: true);
            _ = WaitAsync(first);
            for (int i = 1; i < Waiting; i++)
            {
                _ = WaitAsync(Create(first: false));
            }

            _place.Publish(_name);
            _listens = true;
        }

        return await _identified.Reader.ReadAsync(cancellation);
    }

    public void Dispose()
    {
        if (_listens)
        {
            _place.Withdraw();
        }

        _stopping.Cancel();
        _identified.Writer.TryComplete();
        while (_identified.Reader.TryRead(out LocalConnection? unserved))
        {
            unserved.Stream.Dispose();
        }

        _place.Dispose();
    }

    private NamedPipeServerStream Create(bool first) => WindowsPipe.Create(_name, first, WindowsPipe.DescriptorFor(_own));

    /// <summary>Takes one program after the other, each on an instance of its own.</summary>
    private async Task WaitAsync(NamedPipeServerStream? pipe)
    {
        while (!_stopping.IsCancellationRequested)
        {
            NamedPipeServerStream? waiting = pipe ?? await CreateAsync();
            pipe = null;
            if (waiting is not null && await IsTakenAsync(waiting))
            {
                _ = IdentifyAsync(waiting);
            }
        }

        pipe?.Dispose();
    }

    /// <summary>Waits for a program. One that has gone again keeps nobody waiting: the next may be there already.</summary>
    private async Task<bool> IsTakenAsync(NamedPipeServerStream pipe)
    {
        try
        {
            await pipe.WaitForConnectionAsync(_stopping.Token);
            return true;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            Log.CallerGone(_log, e);
            await pipe.DisposeAsync();
            return false;
        }
    }

    /// <summary>Null, after a pause, when the system has none to give now.</summary>
    private async Task<NamedPipeServerStream?> CreateAsync()
    {
        try
        {
            return Create(first: false);
        }
        catch (IOException e)
        {
            Log.AcceptFailed(_log, e);
            await Task.Delay(PauseAfterFailure, _clock, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return null;
        }
    }

    /// <summary>Who calls is known only after the first bytes were read, which every caller of either protocol sends first.</summary>
    private async Task IdentifyAsync(NamedPipeServerStream pipe)
    {
        try
        {
            using var deadline = new CancellationTokenSource(FirstBytesDeadline, _clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stopping.Token);
            byte[] first = new byte[1];
            await pipe.ReadExactlyAsync(first, either.Token);
            SecurityIdentifier? user = UserOf(pipe);
            uint process = WindowsPipe.ClientOf(pipe);
            string program = ProgramOf(process);
            if (user is null || !_own.Equals(user))
            {
                Log.ForeignPeerRefused(_log, user?.Value ?? "nobody", process, program);
            }
            else if (_identified.Writer.TryWrite(
                new LocalConnection(new PrefixedStream(first, pipe), new Peer(_own.Value, (int)process, program))))
            {
                return;
            }
        }
        catch (Exception e) when (
            e is IOException or OperationCanceledException or Win32Exception or InvalidOperationException or UnauthorizedAccessException
                or SecurityException)
        {
            // SecurityException: a caller who lets nobody learn who it is (anonymous level).
            if (!_stopping.IsCancellationRequested)
            {
                Log.PeerUnknown(_log, e);
            }
        }

        await pipe.DisposeAsync();
    }

    private static SecurityIdentifier? UserOf(NamedPipeServerStream pipe)
    {
        SecurityIdentifier? user = null;
        pipe.RunAsClient(() =>
        {
            using var caller = WindowsIdentity.GetCurrent(TokenAccessLevels.Query);
            user = caller.User;
        });
        return user;
    }

    /// <summary>Help for a person, not a boundary: the process may have become another meanwhile.</summary>
    private static string ProgramOf(uint process)
    {
        try
        {
            using var caller = Process.GetProcessById((int)process);
            return caller.MainModule?.FileName is { } path ? DisplayText.Clean(path, 200) : "an unknown program";
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return "an unknown program";
        }
    }
}
