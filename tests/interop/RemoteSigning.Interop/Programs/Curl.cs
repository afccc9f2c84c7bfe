namespace RemoteSigning.Interop.Programs;

/// <summary>curl with a TLS client certificate, through OpenSSL's engine pkcs11.</summary>
internal sealed class Curl : CardProgram
{
    private const int SslConnectError = 35;

    private static readonly ProgramPage Text = ProgramPage.Read("curl");
    private static readonly string[] Authentication = ["RSA-2048 authentication", "P-256 authentication"];

    public override string Name => "curl";

    public override string Page => "curl";

    public override IReadOnlyList<string> Version => ["dpkg-query", "-W", "-f=${Package} ${Version}", "curl"];

    public override IEnumerable<Check> Checks => Enum.GetValues<CardMode>().SelectMany(mode => (Check[])
    [
        .. ForKeys("client certificate, TLS 1.2", mode, Authentication, (card, key, cancel) => FetchAsync(card, key, "tls1_2", cancel)),
        .. ForKeys("client certificate, TLS 1.3", mode, Authentication, (card, key, cancel) => FetchAsync(card, key, "tls1_3", cancel)),
    ]);

    private static async Task<Finding> FetchAsync(Card card, CardKey key, string version, CancellationToken cancel)
    {
        string folder = card.NewFolder();
        using TlsServer server = await TlsServer.StartAsync(card, folder, version, files: true, cancel);
        string answer = Path.Combine(folder, "answer.txt");
        string large = Path.Combine(folder, "large.txt");
        await File.WriteAllTextAsync(large, new string('x', 1_000_000), cancel); // More than a pipe holds.
        string command = Prepare(card, key, folder, server);
        card.Run("mkfifo", [Path.Combine(folder, "pipe")]);
        string url = $"https://localhost:{server.Port}";
        var environment = new Dictionary<string, string>(OpensslEngine.Prepare(card, key, folder));

        // The second transfer cannot end before its pipe is read: so long curl waits, with two signatures made.
        using LivingProgram curl = LivingProgram.Start(
            "bash", ["-c", $"cd '{folder}' && exec {command} -o pipe {url}/large.txt -o third.txt {url}/document.txt"], card.WithCard(environment));
        await using (FileStream pipe = await Task.Run(() => File.OpenRead(Path.Combine(folder, "pipe")), cancel).WaitAsync(TimeSpan.FromSeconds(30), cancel))
        {
            await card.RestartAgentAsync(cancel);
            using var reader = new StreamReader(pipe);
            SameText(await reader.ReadToEndAsync(cancel), await File.ReadAllTextAsync(large, cancel));
        }

        SameText(await File.ReadAllTextAsync(answer, cancel), await File.ReadAllTextAsync(Path.Combine(folder, "document.txt"), cancel));
        int exitCode = await curl.WaitForEndAsync(cancel);
        bool goesOn = card.Mode == CardMode.Agent;
        if (exitCode != (goesOn ? 0 : SslConnectError) || File.Exists(Path.Combine(folder, "third.txt")) != goesOn)
        {
            throw new InteropException($"curl ended with exit code {exitCode}: {curl.Output}");
        }

        if (!goesOn)
        {
            // The engine logs in once in a process.
            File.Delete(answer);
            card.Run("bash", ["-c", $"cd '{folder}' && {command}"], environment);
            SameText(await File.ReadAllTextAsync(answer, cancel), await File.ReadAllTextAsync(Path.Combine(folder, "document.txt"), cancel));
        }

        return new Finding(Finding.InOneProcess, goesOn ? Finding.SameProcess : Finding.NewRun, "openssl s_server");
    }

    /// <returns>The page's command: fetches document.txt into answer.txt.</returns>
    private static string Prepare(Card card, CardKey key, string folder, TlsServer server)
    {
        File.WriteAllText(Path.Combine(folder, "chain.pem"), File.ReadAllText(key.Certificate) + File.ReadAllText(card.IssuingCertificate));
        File.WriteAllText(
            Path.Combine(folder, "card.curl"),
            Text.Text("card.curl", card, ("pkcs11:token=Remote%20Signing;object=RSA-2048%20authentication;type=private", OpensslEngine.KeyUri(card, key, folder))));
        string command = Text.Text("get", card, ("server.example.com", $"localhost:{server.Port}"), ("server.pem", server.Certificate)).TrimEnd();
        return command.Replace("curl ", "curl -q -sS --fail --no-sessionid ", StringComparison.Ordinal);
    }

    private static void SameText(string text, string expected)
    {
        if (text != expected)
        {
            throw new InteropException($"{expected.Length} characters were expected, {text.Length} came.");
        }
    }
}
