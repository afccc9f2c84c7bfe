using System.Text.Json.Nodes;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop.Programs;

/// <summary>Chromium without a window, with the page <c>/docs/</c> on which people read and try the API.</summary>
internal sealed class ChromiumPage : ServerProgram
{
    /// <summary>Collects what the page's policy refuses, from its first moment on.</summary>
    private const string WatchPolicy =
        "window.refused = []; document.addEventListener('securitypolicyviolation', e => window.refused.push(e.violatedDirective + ' ' + e.blockedURI));";

    /// <summary>What a person does, as functions.</summary>
    private const string Hands =
        """
        window.until = async (what, test) => {
          for (let i = 0; i < 600; i++) {
            const found = test();
            if (found) { return found; }
            await new Promise(next => setTimeout(next, 100));
          }
          throw new Error('There is still no ' + what);
        };
        window.send = async (id, change) => {
          const place = await until(id, () => document.getElementById(id));
          place.open = true;
          const area = place.querySelector('textarea');
          area.value = JSON.stringify({ ...JSON.parse(area.value), ...change });
          const result = place.querySelector('form [role=status]');
          result.replaceChildren();
          place.querySelector('form button').click();
          await until('answer of ' + id, () => result.querySelector('p'));
          return result.innerText;
        };
        'ready'
        """;

    public override string Name => "Chromium, API page";

    public override string Page => "api-page";

    public override IReadOnlyList<string> Version => ["dpkg-query", "-W", "-f=Chromium ${Version}", "chromium"];

    public override IEnumerable<ServerCheck> Checks => [new("the page /docs/: read, sign in, sign", "CSC v2, v1, v0", TryAsync)];

    private static async Task<string> TryAsync(Servers servers, CancellationToken cancel)
    {
        string folder = await servers.NewFolderAsync(cancel);
        string database = Directory.CreateDirectory(Path.Combine(folder, ".pki", "nssdb")).FullName;
        servers.Run("certutil", "-N", "-d", $"sql:{database}", "--empty-password");
        servers.Run("certutil", "-A", "-d", $"sql:{database}", "-n", "root", "-t", "C,,", "-i", servers.Sandbox.TlsRoot);
        await using DevTools browser = await DevTools.StartAsync(folder);
        await browser.CallAsync("Fetch.disable");
        await browser.CallAsync("Page.enable");
        await browser.CallAsync("Page.addScriptToEvaluateOnNewDocument", new JsonObject { ["source"] = WatchPolicy });
        await OpenAsync(browser, servers);
        Card.Expect(await browser.RunAsync("until('method', () => document.querySelector('details.operation')).then(() => document.title)"), "CSC API 2.0.0.2");
        Card.Expect(await browser.RunAsync("send('info')"), "\"specs\": \"2.0.0.2\"");
        Card.Expect(await browser.RunAsync("send('credentialsList')"), "Malformed authorization header");

        await SignInAsync(browser, servers);
        await SignAsync(browser, servers);
        await ShowOtherVersionsAsync(browser);
        await PictureAsync(browser, folder, "light", 1280, "light");
        await PictureAsync(browser, folder, "dark", 1280, "dark");
        await PictureAsync(browser, folder, "narrow", 390, "light");
        Card.Expect(await browser.RunAsync("'refused by policy: ' + window.refused.length + ' ' + window.refused"), "refused by policy: 0 ");
        await InlineScriptAsync(browser);
        return "the page itself: 0 violations of its policy";
    }

    private static async Task OpenAsync(DevTools browser, Servers servers)
    {
        await browser.CallAsync("Page.navigate", new JsonObject { ["url"] = $"{servers.Sandbox.Server}/docs/" });
        string state;
        do
        {
            // Until the page is another one than that which was left, it has no such title.
            state = await browser.RunAsync("new Promise(next => setTimeout(() => next(location.pathname + document.readyState), 100))");
        }
        while (state != "/docs/complete");
        Card.Expect(await browser.RunAsync(Hands), "ready");
    }

    private static async Task SignInAsync(DevTools browser, Servers servers)
    {
        SandboxDescription.Signer signer = servers.Signer;
        string script = """
            (async () => {
              document.getElementById('email').value = EMAIL;
              document.getElementById('password').value = PASSWORD;
              document.querySelector('#login button').click();
              const session = document.getElementById('session');
              await until('answer', () => session.className);
              return session.textContent;
            })()
            """;
        Card.Expect(await browser.RunAsync(Fill(script, ("EMAIL", signer.Email), ("PASSWORD", "wrong"))), "400: An error occurred during authentication process");
        await browser.RunAsync("document.getElementById('session').className = ''");
        Card.Expect(await browser.RunAsync(Fill(script, ("EMAIL", signer.Email), ("PASSWORD", signer.Password))), "You are signed in as");
    }

    /// <summary>What earlier answers gave is filled in: of the SAD the script knows nothing.</summary>
    private static async Task SignAsync(DevTools browser, Servers servers)
    {
        string id = servers.Signer.Credentials.Single(c => c.Label == "RSA-2048").Id;
        Card.Expect(await browser.RunAsync("send('credentialsList')"), id);
        Card.Expect(await browser.RunAsync("document.querySelector('#credentialsInfo textarea').value"), "credentialID");
        string credential = Fill("{ credentialID: VALUE }", ("VALUE", id));
        Card.Expect(await browser.RunAsync($"send('credentialsInfo', {credential})"), "\"multisign\"");
        Card.Expect(await browser.RunAsync($"send('credentialsAuthorize', {credential})"), "\"SAD\"");
        Card.Expect(await browser.RunAsync($"send('signaturesSignHash', {credential})"), "\"signatures\"");
        Card.Expect(await browser.RunAsync($"send('signaturesSignHash', {credential})"), "Invalid parameter SAD");
    }

    private static async Task ShowOtherVersionsAsync(DevTools browser)
    {
        foreach ((string value, string title) in new[] { ("/csc/v0", "CSC API 0.1.7.9"), ("/card/v1", "Additions to the CSC API"), ("/csc/v1", "CSC API 1.0.4.0") })
        {
            string script = """
                (async () => {
                  const version = document.getElementById('version');
                  version.value = VALUE;
                  version.dispatchEvent(new Event('change'));
                  await until(TITLE, () => document.title === TITLE && document.querySelector('details.operation'));
                  return document.title;
                })()
                """;
            Card.Expect(await browser.RunAsync(Fill(script, ("VALUE", value), ("TITLE", title))), title);
        }
    }

    /// <summary>A picture for people, of the page as it is with one method unfolded.</summary>
    private static async Task PictureAsync(DevTools browser, string folder, string name, int width, string scheme)
    {
        await browser.CallAsync("Emulation.setDeviceMetricsOverride", new JsonObject { ["width"] = width, ["height"] = 1600, ["deviceScaleFactor"] = 1, ["mobile"] = false });
        await browser.CallAsync("Emulation.setEmulatedMedia", new JsonObject { ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = scheme }) });
        string overflow = await browser.RunAsync(
            "document.querySelector('#credentialsAuthorize').open = true; window.scrollTo(0, 0); 'wider by ' + (document.documentElement.scrollWidth - document.documentElement.clientWidth)");
        Card.Expect(overflow, "wider by 0");
        JsonObject picture = await browser.CallAsync("Page.captureScreenshot", new JsonObject { ["format"] = "png" });
        await File.WriteAllBytesAsync(Path.Combine(folder, $"{name}.png"), Convert.FromBase64String((string)picture["data"]!)); // Always there.
    }

    private static async Task InlineScriptAsync(DevTools browser) => Card.Expect(
        await browser.RunAsync(
            "(() => { const script = document.createElement('script'); script.textContent = 'window.ran = true'; document.body.append(script); return 'inline script ran: ' + (window.ran ?? false); })()"),
        "inline script ran: false");

    private static string Fill(string script, params (string Word, string Value)[] values) => values.Aggregate(
        script, (text, v) => text.Replace(v.Word, JsonValue.Create(v.Value).ToJsonString(), StringComparison.Ordinal));
}
