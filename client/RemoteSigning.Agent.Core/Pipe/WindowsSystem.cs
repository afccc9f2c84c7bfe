using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security;
using System.Security.AccessControl;
using System.Security.Cryptography;
using System.Security.Principal;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Win32;
using Microsoft.Win32.SafeHandles;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Core.Pipe;

/// <summary>
/// Windows: named pipes with random names, published in a volatile registry key of the user under the logon session, so that
/// nobody can take a name before the agent does. A "socket" here is the name of the registry value. The only Windows code of the agent.
/// </summary>
[SupportedOSPlatform("windows")]
public sealed partial class WindowsSystem(ILogger log) : ILocalSystem
{
    private const string PipeFolder = @"\\.\pipe\";
    private const string Prefix = "remote-signing-";

    /// <summary>How many instances wait for programs at the same time, so that one is there while another is being made.</summary>
    private const int Waiting = 4;

    private const int BufferSize = 65536;

    private static readonly TimeSpan ConnectDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstBytesDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(1);

    public string DefaultSocket => "Pipe";

    private static string RegistryPath =>
        string.Create(CultureInfo.InvariantCulture, $@"Software\RemoteSigning\Card\{Process.GetCurrentProcess().SessionId}");

    /// <summary>Windows sets a process no limit that it could reach here.</summary>
    public ulong DescriptorLimit => ulong.MaxValue;

    public string ControlSocket(string cardSocket) => cardSocket + "Control";

    public ILocalListener Listen(string path)
    {
        if (Published(path) is { } other && IsAlive(other))
        {
            throw new ProblemException(
                Problem.NotAllowed, ProblemCodes.Conflict, "Another agent already serves this logon session. Stop it first.");
        }

        return new Listener(path, log);
    }

    public async Task<Stream> ConnectAsync(string path, CancellationToken cancellation)
    {
        string name = Published(path) ?? throw NotRunning(null);
        var pipe = new NamedPipeClientStream(
            ".", name, PipeDirection.InOut, PipeOptions.Asynchronous, TokenImpersonationLevel.Identification);
        try
        {
            await pipe.ConnectAsync(ConnectDeadline, cancellation);
            return IsOwn(pipe) ? pipe : throw Refused("The agent's pipe belongs to another user.");
        }
        catch (Exception e) when (e is TimeoutException or IOException or UnauthorizedAccessException)
        {
            await pipe.DisposeAsync();
            throw NotRunning(e);
        }
        catch
        {
            await pipe.DisposeAsync();
            throw;
        }
    }

    public void CheckOwnerOnly(string path)
    {
        SecurityIdentifier[] trusted =
        [
            Own(),
            new SecurityIdentifier(WellKnownSidType.LocalSystemSid, null),
            new SecurityIdentifier(WellKnownSidType.BuiltinAdministratorsSid, null),
        ];
        FileSecurity security = new FileInfo(path).GetAccessControl();
        AuthorizationRuleCollection rules = security.GetAccessRules(includeExplicit: true, includeInherited: true, typeof(SecurityIdentifier));
        // Its owner may change who has access.
        if (!trusted.Contains(security.GetOwner(typeof(SecurityIdentifier)))
            || rules.Cast<FileSystemAccessRule>().Any(r => r.AccessControlType == AccessControlType.Allow && !trusted.Contains(r.IdentityReference)))
        {
            throw Refused($"The file {path} holds secrets and must be open to nobody but you, the system and administrators.");
        }
    }

    private static SecurityIdentifier Own()
    {
        using var own = WindowsIdentity.GetCurrent();
        return own.User!; // A process has a user.
    }

    /// <summary>The pipe's name, without its prefix of the system; null when nobody has published one.</summary>
    private static string? Published(string value)
    {
        using RegistryKey? key = Registry.CurrentUser.OpenSubKey(RegistryPath);
        return key?.GetValue(value) is string name && name.StartsWith(PipeFolder + Prefix, StringComparison.Ordinal) ? name[PipeFolder.Length..] : null;
    }

    /// <summary>Nobody else can make a pipe with this user as its owner.</summary>
    private static bool IsOwn(NamedPipeClientStream pipe) => Own().Equals(pipe.GetAccessControl().GetOwner(typeof(SecurityIdentifier)));

    /// <summary>Once an agent has died any user of the machine can take the name of its pipe: that is no agent.</summary>
    private static bool IsAlive(string name)
    {
        using var pipe = new NamedPipeClientStream(".", name, PipeDirection.InOut, PipeOptions.None, TokenImpersonationLevel.Identification);
        try
        {
            pipe.Connect(TimeSpan.Zero);
            return IsOwn(pipe);
        }
        catch (Exception e) when (e is TimeoutException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static ProblemException NotRunning(Exception? cause) => new(
        Problem.AgentUnavailable, ProblemCodes.ServiceUnavailable, "No agent is running in this logon session. Start one with: virtual-card run", cause);

    private static ProblemException Refused(string text) => new(Problem.NotAllowed, ProblemCodes.RoleForbidden, text);

    [LibraryImport("kernel32.dll", EntryPoint = "GetNamedPipeClientProcessId", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetClientProcess(SafePipeHandle pipe, out uint process);

    private sealed class Listener(string value, ILogger log) : ILocalListener
    {
        private readonly string _name = Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        private readonly SecurityIdentifier _own = Own();
        private readonly Channel<LocalConnection> _identified = Channel.CreateUnbounded<LocalConnection>();
        private readonly CancellationTokenSource _stopping = new();
        private bool _listens;

        public async Task<LocalConnection> AcceptAsync(CancellationToken cancellation)
        {
            if (!_listens)
            {
                // The first instance: fails if anybody has this name, which nobody can know.
                NamedPipeServerStream first = Create(PipeOptions.FirstPipeInstance);
                _ = WaitAsync(first);
                for (int i = 1; i < Waiting; i++)
                {
                    _ = WaitAsync(Create(PipeOptions.None));
                }

                Publish();
                _listens = true;
            }

            return await _identified.Reader.ReadAsync(cancellation);
        }

        public void Dispose()
        {
            Withdraw();
            _stopping.Cancel();
            _identified.Writer.TryComplete();
            while (_identified.Reader.TryRead(out LocalConnection? unserved))
            {
                unserved.Stream.Dispose();
            }
        }

        /// <summary>The user owns it and is the only one who may connect; nobody may over the network.</summary>
        private NamedPipeServerStream Create(PipeOptions more)
        {
            var security = new PipeSecurity();
            security.SetOwner(_own);
            security.SetAccessRuleProtection(isProtected: true, preserveInheritance: false);
            security.AddAccessRule(new PipeAccessRule(
                new SecurityIdentifier(WellKnownSidType.NetworkSid, null), PipeAccessRights.FullControl, AccessControlType.Deny));
            security.AddAccessRule(new PipeAccessRule(_own, PipeAccessRights.FullControl, AccessControlType.Allow));
            return NamedPipeServerStreamAcl.Create(
                _name, PipeDirection.InOut, NamedPipeServerStream.MaxAllowedServerInstances, PipeTransmissionMode.Byte,
                PipeOptions.Asynchronous | more, BufferSize, BufferSize, security);
        }

        private void Publish()
        {
            using RegistryKey key = Registry.CurrentUser.CreateSubKey(RegistryPath, writable: true, RegistryOptions.Volatile);
            key.SetValue(value, PipeFolder + _name);
        }

        /// <summary>Not what another agent has published meanwhile.</summary>
        private void Withdraw()
        {
            using RegistryKey? key = Registry.CurrentUser.OpenSubKey(RegistryPath, writable: true);
            if (Published(value) == _name)
            {
                key?.DeleteValue(value, throwOnMissingValue: false);
            }
        }

        /// <summary>Takes one program after the other, each on an instance of its own.</summary>
        private async Task WaitAsync(NamedPipeServerStream? pipe)
        {
            while (!_stopping.IsCancellationRequested)
            {
                try
                {
                    pipe ??= Create(PipeOptions.None);
                    await pipe.WaitForConnectionAsync(_stopping.Token);
                    _ = IdentifyAsync(pipe);
                    pipe = null;
                }
                catch (OperationCanceledException)
                {
                    break;
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    Log.AcceptFailed(log, e);
                    pipe?.Dispose();
                    pipe = null;
                    await Task.Delay(PauseAfterFailure, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }

            pipe?.Dispose();
        }

        /// <summary>
        /// Who calls is known only after the first bytes were read, which every caller of either protocol sends first.
        /// </summary>
        private async Task IdentifyAsync(NamedPipeServerStream pipe)
        {
            try
            {
                using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
                deadline.CancelAfter(FirstBytesDeadline);
                byte[] first = new byte[1];
                await pipe.ReadExactlyAsync(first, deadline.Token);
                SecurityIdentifier? user = null;
                pipe.RunAsClient(() =>
                {
                    using var caller = WindowsIdentity.GetCurrent(TokenAccessLevels.Query);
                    user = caller.User;
                });
                uint process = GetClientProcess(pipe.SafePipeHandle, out uint id) ? id : 0;
                string program = ProgramOf(process);
                if (user is not null && _own.Equals(user))
                {
                    var peer = new Peer(_own.Value, (int)process, program);
                    if (_identified.Writer.TryWrite(new LocalConnection(new PrefixedStream(first, pipe), peer)))
                    {
                        return;
                    }
                }
                else
                {
                    Log.ForeignPeerRefused(log, user?.Value ?? "nobody", process, program);
                }
            }
            catch (Exception e) when (
                e is IOException or OperationCanceledException or Win32Exception or InvalidOperationException or UnauthorizedAccessException
                    or SecurityException)
            {
                // SecurityException: a caller who lets nobody learn who it is (anonymous level).
                if (!_stopping.IsCancellationRequested)
                {
                    Log.PeerUnknown(log, e);
                }
            }

            await pipe.DisposeAsync();
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
}
