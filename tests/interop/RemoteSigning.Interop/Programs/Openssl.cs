namespace RemoteSigning.Interop.Programs;

/// <summary>The openssl command through engine pkcs11 (libp11).</summary>
internal sealed class Openssl : CardProgram
{
    private const int Connections = 6; // s_client -reconnect: the first and five more.

    private static readonly ProgramPage Text = ProgramPage.Read("openssl");
    private static readonly string[] All = ["RSA-2048", "RSA-4096", "P-256", "P-384"];
    private static readonly string[] Rsa = ["RSA-2048", "RSA-4096"];
    private static readonly string[] Authentication = ["RSA-2048 authentication", "P-256 authentication"];

    public override string Name => "openssl";

    public override string Page => "openssl";

    public override IReadOnlyList<string> Version =>
        ["dpkg-query", "-W", "-f=${Package} ${Version} ", "openssl", "libengine-pkcs11-openssl"];

    public override IEnumerable<Check> Checks => Enum.GetValues<CardMode>().SelectMany(mode => (Check[])
    [
        .. ForKeys("dgst -sha256 -sign", mode, All, (card, key, cancel) => SignAsync(card, key, "dgst", VerifySignature, "openssl dgst", cancel)),
        .. ForKeys("pkeyutl -sign, PSS", mode, Rsa, (card, key, cancel) => SignAsync(card, key, "pss", VerifyPss, "openssl dgst", cancel)),
        .. ForKeys("cms -sign -cades", mode, All, (card, key, cancel) => SignAsync(card, key, "cms", VerifyCms, "certtool, openssl cms", cancel)),
        .. ForKeys("req -new", mode, All, (card, key, cancel) => SignAsync(card, key, "req", VerifyRequest, "certtool", cancel)),
        .. ForKeys("s_client, TLS 1.2", mode, Authentication, ReconnectAsync),
        .. ForKeys("s_client, TLS 1.3", mode, Authentication, AskedAgainAsync),
    ]);

    private static Task<Finding> SignAsync(
        Card card, CardKey key, string block, Action<Card, CardKey, string> verify, string verifiedBy, CancellationToken cancel) =>
        OneSignatureARunAsync(
            card,
            verifiedBy,
            _ =>
            {
                string folder = card.NewFolder();
                Text.Run(block, card, folder, OpensslEngine.Prepare(card, key, folder));
                verify(card, key, folder);
                return Task.CompletedTask;
            },
            cancel);

    private static void VerifySignature(Card card, CardKey key, string folder) =>
        card.VerifyWithOpenssl(key, "sha256", Path.Combine(folder, "document.txt"), Path.Combine(folder, "document.sig"));

    private static void VerifyPss(Card card, CardKey key, string folder) => card.VerifyWithOpenssl(
        key, "sha256", Path.Combine(folder, "document.txt"), Path.Combine(folder, "document.sig"),
        "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:32");

    private static void VerifyCms(Card card, CardKey key, string folder)
    {
        string message = Path.Combine(folder, "document.p7s");
        string text = Path.Combine(folder, "document.txt");
        Card.Expect(
            card.Run("openssl", ["cms", "-verify", "-cades", "-binary", "-inform", "der", "-in", message, "-content", text, "-CAfile", card.RootCertificate]),
            "CAdES Verification successful");
        Card.Expect(
            card.Run("certtool", ["--p7-verify", "--inder", "--infile", message, "--load-data", text, "--load-ca-certificate", card.RootCertificate]),
            "Signature status: ok");
    }

    private static void VerifyRequest(Card card, CardKey key, string folder)
    {
        string request = Path.Combine(folder, "request.pem");
        Card.Expect(card.Run("certtool", ["--crq-info", "--infile", request]), "Self signature: verified");
        string publicKey = card.Run("openssl", ["req", "-in", request, "-noout", "-pubkey"]);
        Card.Expect(publicKey, File.ReadAllText(key.PublicKey).Trim());
    }

    /// <summary>One process makes several connections, each with a signature of its own.</summary>
    private static async Task<Finding> ReconnectAsync(Card card, CardKey key, CancellationToken cancel)
    {
        string folder = card.NewFolder();
        using TlsServer server = await TlsServer.StartAsync(card, folder, "tls1_2", files: false, cancel);
        Dictionary<string, string> environment = OpensslEngine.Prepare(card, key, folder);
        for (int run = 1; run <= 2; run++)
        {
            using LivingProgram client = Connect(card, folder, environment, server, "-reconnect");
            await client.WaitForAsync("New, TLSv1.2", Connections, cancel);
            await server.Program.WaitForAsync("CIPHER is", run * Connections, cancel);
            await server.Program.WaitForAsync("Peer signature type: " + (key.IsRsa ? "RSA-PSS" : "ECDSA"), run * Connections, cancel);
            if (run == 1)
            {
                await card.RestartAgentAsync(cancel);
            }
        }

        return new Finding(Finding.InOneProcess, Finding.NewRun, "openssl s_server");
    }

    /// <summary>The server asks for the certificate again within one connection.</summary>
    private static async Task<Finding> AskedAgainAsync(Card card, CardKey key, CancellationToken cancel)
    {
        string folder = card.NewFolder();
        using TlsServer server = await TlsServer.StartAsync(card, folder, "tls1_3", files: false, cancel);
        Dictionary<string, string> environment = OpensslEngine.Prepare(card, key, folder);
        using LivingProgram client = Connect(card, folder, environment, server, "-enable_pha");
        await server.Program.WaitForAsync("CIPHER is", 1, cancel);
        await AskAgainAsync(server, client, 2, cancel);
        await card.RestartAgentAsync(cancel);
        if (card.Mode == CardMode.Agent)
        {
            await AskAgainAsync(server, client, 3, cancel);
            return new Finding(Finding.InOneProcess, Finding.SameProcess, "openssl s_server");
        }

        // The engine logs in when it loads the key, and never again.
        server.Program.Type("c");
        if (await client.WaitForEndAsync(cancel) == 0)
        {
            throw new InteropException("The client signed without a login: " + client.Output);
        }

        Card.Expect(client.Output, "has not logged in to the card");
        using LivingProgram next = Connect(card, folder, environment, server, "-enable_pha");
        await server.Program.WaitForAsync("CIPHER is", 2, cancel);
        return new Finding(Finding.InOneProcess, Finding.NewRun, "openssl s_server");
    }

    private static async Task AskAgainAsync(TlsServer server, LivingProgram client, int signature, CancellationToken cancel)
    {
        // The certificate and the signature come together; what is typed after them arrives only if both were good.
        server.Program.Type("c");
        await server.Program.WaitForAsync("depth=0", signature, cancel);
        client.Type($"signed {signature}");
        await server.Program.WaitForAsync($"signed {signature}", 1, cancel);
    }

    private static LivingProgram Connect(Card card, string folder, Dictionary<string, string> environment, TlsServer server, string option)
    {
        string command = Text.Text(
            "tls", card, ("server.example.com:443", $"localhost:{server.Port}"), ("server.pem", server.Certificate)).TrimEnd();
        return LivingProgram.Start(
            "bash",
            ["-c", $"cd '{folder}' && exec {command} {option}"],
            card.WithCard(new Dictionary<string, string>(environment) { ["REMOTESIGNING_LOG"] = "stderr" }));
    }
}
