using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using Microsoft.Extensions.Logging;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Core.Pipe;

/// <summary>Linux: Unix sockets in an owner-only folder, peer credentials from the kernel. The only Linux code of the agent.</summary>
[UnsupportedOSPlatform("windows")]
public sealed partial class UnixSystem(ILogger log) : ILocalSystem
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private const UnixFileMode OwnerFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Programs that all start at once wait here, not in a connect that fails; the kernel caps it (net.core.somaxconn).</summary>
    private const int Backlog = 4096;

    private const int NoSuchFile = 2; // ENOENT
    private const int FormatMask = 0xF000; // S_IFMT

    /// <summary>Longest <c>sun_path</c> without its NUL, unix(7).</summary>
    private const int MaximumPath = 107;

    public string DefaultSocket =>
        Variable("REMOTESIGNING_SOCKET")
        ?? Path.Combine(Variable("XDG_RUNTIME_DIR") ?? $"/run/user/{EffectiveUser()}", "remote-signing", "card.sock");

    public ulong DescriptorLimit
    {
        get
        {
            const int OpenFiles = 7; // RLIMIT_NOFILE; the runtime raises the soft limit to the hard one
            return GetLimit(OpenFiles, out ResourceLimit limit) == 0
                ? limit.Soft
                : throw new IOException($"getrlimit: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        }
    }

    public string ControlSocket(string cardSocket) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(cardSocket)) ?? "/", "control.sock");

    public ILocalListener Listen(string path)
    {
        path = Path.GetFullPath(path);
        if (Encoding.UTF8.GetByteCount(path) > MaximumPath)
        {
            throw Refused($"The socket's path {path} is longer than the {MaximumPath} bytes that the system allows; choose a shorter one.");
        }

        string folder = Path.GetDirectoryName(path) ?? throw Refused($"{path} has no folder.");
        PrepareFolder(folder);
        FileStream held = Hold(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            // Whoever made this socket does not hold the lock, so it is dead.
            DeleteSocket(path);
            socket.Bind(new UnixDomainSocketEndPoint(path));
            File.SetUnixFileMode(path, OwnerFile);
            return new Listener(socket, held, path, log);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            socket.Dispose();
            held.Dispose();
            throw Refused($"The socket {path} could not be made: {e.Message}", e);
        }
        catch
        {
            socket.Dispose();
            held.Dispose();
            throw;
        }
    }

    public async Task<Stream> ConnectAsync(string path, CancellationToken cancellation)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            CheckFolder(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/");
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
            uint user = ReadCredentials(socket).User;
            return MayConnect(user, EffectiveUser())
                ? new NetworkStream(socket, ownsSocket: true)
                : throw Refused($"The socket {path} belongs to user {user}, not to you.");
        }
        catch (Exception e) when (e is SocketException or DirectoryNotFoundException or ArgumentOutOfRangeException)
        {
            socket.Dispose();
            throw new ProblemException(
                Problem.AgentUnavailable, ProblemCodes.ServiceUnavailable, $"No agent is running at {path}. Start one with: virtual-card run", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public void CheckOwnerOnly(string path)
    {
        Inode owner = Read(path);
        if (owner.User != EffectiveUser() || (owner.Mode & Others) != 0)
        {
            throw Refused($"The file {path} holds secrets and must belong to you and be open to nobody else: chmod 600 {path}");
        }
    }

    /// <summary>The whole rule of who may talk to this agent: the very user that it serves. Not even root is another's user.</summary>
    internal static bool MayConnect(uint peer, uint own) => peer == own;

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static void PrepareFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder, OwnerFolder);
            CheckFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused($"The folder {folder} for the card's socket could not be made: {e.Message}", e);
        }
    }

    private static void CheckFolder(string folder)
    {
        Inode owner = Read(folder);
        if (!owner.IsFolder || owner.User != EffectiveUser() || (owner.Mode & Others) != 0)
        {
            throw Refused($"The folder {folder} must be a real folder that belongs to you and that nobody else can enter: chmod 700 {folder}");
        }
    }

    /// <summary>A mistaken path in the configuration must not cost the user a file.</summary>
    private static void DeleteSocket(string path)
    {
        Inode? found = TryRead(path);
        if (found is { IsSocket: false })
        {
            throw Refused($"{path} is there already and is no socket, so it was left alone. Move it away, or give the agent another \"socket\".");
        }

        if (found is not null)
        {
            File.Delete(path);
        }
    }

    /// <summary>The lock tells a living agent from the socket file of a dead one; the system frees it with the process.</summary>
    private static FileStream Hold(string path)
    {
        try
        {
            return new FileStream($"{path}.lock", new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                UnixCreateMode = OwnerFile,
            });
        }
        catch (IOException e)
        {
            throw new ProblemException(
                Problem.NotAllowed, ProblemCodes.Conflict, $"Another agent already serves {path}. Stop it first, or give this one another \"socket\".", e);
        }
    }

    private static ProblemException Refused(string text, Exception? cause = null) =>
        new(Problem.NotAllowed, ProblemCodes.RoleForbidden, text, cause);

    private static (int Process, uint User) ReadCredentials(Socket socket)
    {
        const int Level = 1, PeerCredentials = 17; // SOL_SOCKET, SO_PEERCRED: struct ucred { pid_t; uid_t; gid_t }
        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(Level, PeerCredentials, credentials);
        return (BinaryPrimitives.ReadInt32LittleEndian(credentials), BinaryPrimitives.ReadUInt32LittleEndian(credentials[4..]));
    }

    private static string ReadProgram(int process)
    {
        try
        {
            return new FileInfo($"/proc/{process}/exe").LinkTarget is { } target ? DisplayText.Clean(target, 200) : "an unknown program";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "an unknown program";
        }
    }

    /// <summary>statx(2), because its structure is the same on every architecture; symbolic links are not followed.</summary>
    private static Inode Read(string path) =>
        TryRead(path) ?? throw new DirectoryNotFoundException($"{path}: {Marshal.GetPInvokeErrorMessage(NoSuchFile)}");

    /// <summary>Null when there is nothing at the path.</summary>
    private static Inode? TryRead(string path)
    {
        const int CurrentFolder = -100, NoFollow = 0x100, ModeAndUser = 0x1 | 0x2 | 0x8; // AT_FDCWD, AT_SYMLINK_NOFOLLOW, STATX_TYPE|MODE|UID
        byte[] buffer = new byte[256];
        if (Statx(CurrentFolder, path, NoFollow, ModeAndUser, buffer) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            return error == NoSuchFile ? null : throw new IOException($"{path}: {Marshal.GetPInvokeErrorMessage(error)}");
        }

        int mode = BitConverter.ToUInt16(buffer, 28);
        return new Inode(BitConverter.ToUInt32(buffer, 20), (UnixFileMode)(mode & 0xFFF), mode & FormatMask);
    }

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Statx(int folder, string path, int flags, uint mask, [Out] byte[] buffer);

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, out ResourceLimit limit);

    private readonly record struct ResourceLimit(nuint Soft, nuint Hard);

    /// <param name="User">Its owner.</param>
    /// <param name="Format">What it is, inode(7).</param>
    private readonly record struct Inode(uint User, UnixFileMode Mode, int Format)
    {
        public bool IsFolder => Format == 0x4000;

        public bool IsSocket => Format == 0xC000;
    }

    private sealed class Listener(Socket socket, FileStream held, string path, ILogger log) : ILocalListener
    {
        private bool _listens;

        public async Task<LocalConnection> AcceptAsync(CancellationToken cancellation)
        {
            if (!_listens)
            {
                socket.Listen(Backlog);
                _listens = true;
            }

            while (true)
            {
                Socket accepted = await socket.AcceptAsync(cancellation);
                try
                {
                    (int process, uint user) = ReadCredentials(accepted);
                    string program = ReadProgram(process);
                    if (MayConnect(user, EffectiveUser()))
                    {
                        var peer = new Peer(user.ToString(CultureInfo.InvariantCulture), process, program);
                        return new LocalConnection(new NetworkStream(accepted, ownsSocket: true), peer);
                    }

                    Log.PeerRefused(log, user, process, program);
                }
                catch (SocketException e)
                {
                    Log.PeerUnknown(log, e);
                }

                accepted.Dispose();
            }
        }

        public void Dispose()
        {
            socket.Dispose();
            if (TryRead(path) is { IsSocket: true })
            {
                File.Delete(path);
            }

            held.Dispose();
        }
    }
}
