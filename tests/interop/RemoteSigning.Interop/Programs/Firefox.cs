using System.Globalization;
using System.Text.Json.Nodes;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop.Programs;

/// <summary>Firefox without a window, driven through Marionette.</summary>
internal sealed class Firefox : BrowserProgram
{
    /// <summary>Types the PIN where a person would; its timer goes on while a prompt is open, unlike those of a window.</summary>
    private const string TypePin =
        """
        const pin = arguments[0];
        window.pinPrompts = 0;
        ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs").setInterval(() => {
          for (const dialog of Services.ww.getWindowEnumerator()) {
            const box = dialog.document.getElementById("password1Textbox");
            if (box && !box.value) {
              window.pinPrompts++;
              box.value = pin;
              dialog.document.getElementById("commonDialog").acceptDialog();
            }
          }
        }, 100);
        """;

    private static readonly string[] SomeKeys = ["RSA-2048", "P-256"];
    private static readonly ProgramPage Blocks = ProgramPage.Read("firefox");

    public override string Name => "Firefox";

    public override string Page => "firefox";

    public override IReadOnlyList<string> Version => ["dpkg-query", "-W", "-f=Firefox ESR ${Version}", "firefox-esr"];

    public override IEnumerable<Check> Checks =>
        [.. base.Checks, .. ForKeys(Use, CardMode.Pin, SomeKeys, VisitAsync)];

    /// <summary>The trace writes SHA-256 with any curve as <c>ecdsa_secp256r1_sha256</c>: they share a number.</summary>
    protected override string Tls12Scheme(CardKey key) => key.IsRsa ? "rsa_pss_rsae_sha256" : "ecdsa_secp256r1_sha256";

    protected override async Task<IBrowser> StartAsync(Card card, string folder, IReadOnlyList<string> pages, CancellationToken cancel)
    {
        string profile = Directory.CreateDirectory(Path.Combine(folder, "profile")).FullName;
        Blocks.Run("setup", card, folder, new Dictionary<string, string> { ["PROFILE"] = profile });
        int port = FreePort.Next();
        await File.WriteAllTextAsync(
            Path.Combine(profile, "user.js"),
            Blocks.Text("user.js", card) + string.Create(CultureInfo.InvariantCulture, $"user_pref(\"marionette.port\", {port});\n"),
            cancel);
        var process = ChildProcess.Start(
            "firefox",
            "firefox-esr",
            ["--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile", profile],
            Path.Combine(folder, "firefox.log"),
            card.WithCard(new Dictionary<string, string> { ["HOME"] = folder }));
        try
        {
            Marionette marionette = await Marionette.ConnectAsync(port, () => !process.HasExited, cancel);
            await marionette.RunInBrowserAsync(TypePin, card.Pin, cancel);
            return new Running(process, marionette);
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    private sealed class Running(ChildProcess process, Marionette marionette) : IBrowser
    {
        public async Task OpenAsync(string page, CancellationToken cancel) =>
            await marionette.CallAsync("WebDriver:Navigate", new JsonObject { ["url"] = page }, cancel);

        public async Task<int> CountPromptsAsync(CancellationToken cancel) =>
            (await marionette.RunInBrowserAsync("return window.pinPrompts;", "", cancel))!.GetValue<int>();

        public void Dispose()
        {
            marionette.Dispose();
            process.Dispose();
        }
    }
}
