using System.Text.Json.Nodes;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop.Programs;

/// <summary>Chromium without a window, driven through its DevTools port.</summary>
internal sealed class Chromium : BrowserProgram
{
    private static readonly ProgramPage Blocks = ProgramPage.Read("chromium");

    public override string Name => "Chromium";

    public override string Page => "chromium";

    public override IReadOnlyList<string> Version => ["dpkg-query", "-W", "-f=Chromium ${Version}", "chromium"];

    /// <summary>The trace writes SHA-256 with any curve as <c>ecdsa_secp256r1_sha256</c>: they share a number.</summary>
    protected override string Tls12Scheme(CardKey key) => key.IsRsa ? "rsa_pkcs1_sha256" : "ecdsa_secp256r1_sha256";

    protected override async Task<IBrowser> StartAsync(Card card, string folder, IReadOnlyList<string> pages, CancellationToken cancel)
    {
        Blocks.Run("setup", card, folder, new Dictionary<string, string> { ["HOME"] = folder });
        string profile = Path.Combine(folder, "profile");
        await WritePreferencesAsync(card, Path.Combine(profile, "Default"), pages, cancel);
        var process = ChildProcess.Start(
            "chromium",
            "chromium",
            ["--headless", .. System.Environment.IsPrivilegedProcess ? ["--no-sandbox"] : Array.Empty<string>(), $"--user-data-dir={profile}", "--remote-debugging-port=0", "about:blank"],
            Path.Combine(folder, "chromium.log"),
            card.WithCard(new Dictionary<string, string> { ["HOME"] = folder }));
        return new Running(process, Path.Combine(profile, "DevToolsActivePort"));
    }

    /// <summary>The page's example names one site; the profile gets one entry for each of ours.</summary>
    private static async Task WritePreferencesAsync(Card card, string folder, IReadOnlyList<string> pages, CancellationToken cancel)
    {
        var merged = new JsonObject();
        JsonObject whole = null!; // There is at least one page.
        foreach (string page in pages)
        {
            string site = new Uri(page).GetLeftPart(UriPartial.Authority);
            whole = JsonNode.Parse(Blocks.Text("Preferences", card, ("https://portal.example.com", site)))!.AsObject();
            JsonObject entries = Entries(whole);
            merged[entries.Single().Key] = entries.Single().Value!.DeepClone();
        }

        JsonObject target = Entries(whole);
        target.Clear();
        foreach ((string site, JsonNode? rule) in merged)
        {
            target[site] = rule!.DeepClone();
        }

        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "Preferences"), whole.ToJsonString(), cancel);
    }

    private static JsonObject Entries(JsonObject preferences) =>
        preferences["profile"]!["content_settings"]!["exceptions"]!["auto_select_certificate"]!.AsObject();

    private sealed class Running(ChildProcess process, string portFile) : IBrowser
    {
        private readonly HttpClient _http = new();

        public async Task OpenAsync(string page, CancellationToken cancel)
        {
            string port = await ReadPortAsync(cancel);
            using HttpResponseMessage answer = await _http.PutAsync(new Uri($"http://127.0.0.1:{port}/json/new?{page}"), null, cancel);
            answer.EnsureSuccessStatusCode();
        }

        public Task<int> CountPromptsAsync(CancellationToken cancel) => Task.FromResult(0); // Used in mode agent alone.

        public void Dispose()
        {
            _http.Dispose();
            process.Dispose();
        }

        private async Task<string> ReadPortAsync(CancellationToken cancel)
        {
            for (int attempt = 0; attempt < 600 && !process.HasExited; attempt++)
            {
                if (File.Exists(portFile) && await File.ReadAllLinesAsync(portFile, cancel) is [var port, ..])
                {
                    return port;
                }

                await Task.Delay(100, cancel);
            }

            throw new InteropException($"Chromium did not open its DevTools port; its log is {process.LogFile}");
        }
    }
}
