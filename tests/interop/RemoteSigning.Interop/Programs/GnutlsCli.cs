using System.Globalization;

namespace RemoteSigning.Interop.Programs;

/// <summary>GnuTLS's gnutls-cli: TLS client authentication.</summary>
internal sealed class GnutlsCli : CardProgram
{
    private static readonly string[] Authentication = ["RSA-2048 authentication", "P-256 authentication"];
    private static readonly ProgramPage Blocks = ProgramPage.Read("gnutls-cli");

    public override string Name => "gnutls-cli";

    public override string Page => "gnutls-cli";

    public override IReadOnlyList<string> Version => ["dpkg-query", "-W", "-f=GnuTLS ${Version}", "gnutls-bin"];

    public override IEnumerable<Check> Checks => Enum.GetValues<CardMode>().SelectMany(mode => (Check[])
    [
        .. ForKeys("--resume, TLS 1.2", mode, Authentication, (card, key, cancel) => ConnectAsync(card, key, "tls1_2", cancel)),
        .. ForKeys("--resume, TLS 1.3", mode, Authentication, (card, key, cancel) => ConnectAsync(card, key, "tls1_3", cancel)),
    ]);

    /// <summary>Each run makes two connections, of which the server resumes none.</summary>
    private static async Task<Finding> ConnectAsync(Card card, CardKey key, string version, CancellationToken cancel)
    {
        string folder = card.NewFolder();
        using TlsServer server = await TlsServer.StartAsync(card, folder, version, files: false, cancel);
        string command = Blocks.Text(
            "connect",
            card,
            ("RSA-2048%20authentication", Uri.EscapeDataString(key.Label)),
            ("443 server.example.com", $"{server.Port.ToString(CultureInfo.InvariantCulture)} localhost")).TrimEnd();
        for (int run = 1; run <= 2; run++)
        {
            int before = card.CountSignatures();
            string output = card.Run("setsid", ["--wait", "bash", "-c", $"cd '{folder}'\n{command} --resume"], P11tool.Pin(card), $"hello {run}\n");
            await server.Program.WaitForAsync($"hello {run}", 1, cancel);
            await server.Program.WaitForAsync("Peer signature type: " + (key.IsRsa ? "RSA-PSS" : "ECDSA"), 2 * run, cancel);
            if (card.CountSignatures() != before + 2)
            {
                throw new InteropException($"Two connections did not take two signatures: {output}");
            }

            if (run == 1)
            {
                await card.RestartAgentAsync(cancel);
            }
        }

        return new Finding(Finding.InOneProcess, Finding.NewRun, "openssl s_server");
    }
}
