using System.Globalization;

namespace RemoteSigning.Interop.Programs;

/// <summary>TLS client authentication by Java's JSSE with keys of SunPKCS11.</summary>
internal sealed class Jsse : CardProgram
{
    private static readonly string[] Authentication = ["RSA-2048 authentication", "P-256 authentication"];

    public override string Name => "JSSE";

    public override string Page => "java";

    public override IReadOnlyList<string> Version => JavaCard.Version;

    public override IEnumerable<Check> Checks => Enum.GetValues<CardMode>().SelectMany(mode => (Check[])
    [
        .. ForKeys("TLS 1.2", mode, Authentication, (card, key, cancel) => ConnectAsync(card, key, "TLSv1.2", "tls1_2", cancel)),
        .. ForKeys("TLS 1.3", mode, Authentication, (card, key, cancel) => ConnectAsync(card, key, "TLSv1.3", "tls1_3", cancel)),
    ]);

    private static async Task<Finding> ConnectAsync(Card card, CardKey key, string version, string option, CancellationToken cancel)
    {
        string folder = card.NewFolder();
        using TlsServer server = await TlsServer.StartAsync(card, folder, option, files: false, cancel);
        using Dialogue program = await JavaCard.Script.StartAsync(card, folder, cancel);
        string[] words = ["connect", key.Label, version, server.Port.ToString(CultureInfo.InvariantCulture), server.Certificate];
        for (int connection = 1; connection <= 3; connection++)
        {
            if (connection == 3)
            {
                // For RSA in TLS 1.3 the JDK tries one algorithm after the other and tells no cause.
                string reason = key.IsRsa && version == "TLSv1.3" ? "No supported CertificateVerify signature algorithm" : SigningScript.NotLoggedIn;
                await SigningScript.RestartAgentAsync(card, program, reason, cancel, words);
            }

            await program.DoAsync(cancel, words);
            await server.Program.WaitForAsync($"hello over {version}", connection, cancel);
            await server.Program.WaitForAsync("Peer signature type: " + (key.IsRsa ? "RSA-PSS" : "ECDSA"), connection, cancel);
        }

        await program.EndAsync(cancel);
        return SigningScript.Found(card, "openssl s_server");
    }
}
