using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop;

/// <summary>A private sshd on loopback that lets the current user in with one key. It touches no file of the system.</summary>
internal sealed class SshServer : IDisposable
{
    private readonly LivingProgram _program;

    private SshServer(LivingProgram program, int port, string knownHosts)
    {
        _program = program;
        Port = port;
        KnownHosts = knownHosts;
    }

    public int Port { get; }

    public string KnownHosts { get; }

    /// <param name="folder">Of the check; .ssh/card.pub in it is the key that may log in.</param>
    public static async Task<SshServer> StartAsync(Card card, string folder, CancellationToken cancel)
    {
        int port = FreePort.Next();
        string host = Path.Combine(folder, "host");
        string configuration = Path.Combine(folder, "sshd_config");
        string knownHosts = Path.Combine(folder, "known_hosts");
        card.Run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", host]);
        string[] hostKey = (await File.ReadAllTextAsync(host + ".pub", cancel)).Split(' ');
        await File.WriteAllTextAsync(knownHosts, $"[localhost]:{port} {hostKey[0]} {hostKey[1]}\n", cancel);
        await File.WriteAllTextAsync(
            configuration,
            $"""
            ListenAddress 127.0.0.1
            Port {port}
            HostKey {host}
            PidFile none
            UsePAM no
            StrictModes no
            AuthenticationMethods publickey
            AuthorizedKeysFile {Path.Combine(folder, ".ssh", "card.pub")}
            PermitRootLogin yes
            MaxAuthTries 30
            LogLevel VERBOSE

            """,
            cancel);

        // As root sshd insists on /run/sshd: it gets a /run that only it sees.
        string sshd = $"exec /usr/sbin/sshd -D -e -f '{configuration}'";
        LivingProgram program = Environment.IsPrivilegedProcess
            ? LivingProgram.Start("unshare", ["--mount", "sh", "-c", $"mount -t tmpfs none /run && mkdir /run/sshd && {sshd}"], card.Environment)
            : LivingProgram.Start("sh", ["-c", sshd], card.Environment);
        try
        {
            await program.WaitForAsync("Server listening", 1, cancel);
            return new SshServer(program, port, knownHosts);
        }
        catch
        {
            program.Dispose();
            throw;
        }
    }

    /// <summary>Waits until so many logins with the key were accepted.</summary>
    public Task WaitForLoginsAsync(int times, CancellationToken cancel) => _program.WaitForAsync("Accepted publickey for", times, cancel);

    public void Dispose() => _program.Dispose();
}
