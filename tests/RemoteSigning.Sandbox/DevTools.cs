using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json.Nodes;

namespace RemoteSigning.Sandbox;

/// <summary>Chromium without a window, driven through its DevTools protocol; one page of it.</summary>
public sealed class DevTools : IAsyncDisposable
{
    private const string Listening = "DevTools listening on ";

    private readonly Process _browser;
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _deadline = new(TimeSpan.FromMinutes(3));
    private string? _session;

    /// <summary>What the browser says later, read so that it does not fill the pipe.</summary>
    private Task<string> _rest = Task.FromResult("");

    private int _last;

    private DevTools(Process browser) => _browser = browser;

    /// <summary>Answers the page's requests to the network, so that it has whatever origin a test wants.</summary>
    public string Page { get; set; } = "";

    /// <param name="folder">Gets the profile.</param>
    public static async Task<DevTools> StartAsync(string folder)
    {
        string[] arguments =
        [
            "--headless", .. Environment.IsPrivilegedProcess ? ["--no-sandbox"] : Array.Empty<string>(),
            "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--disable-features=IsolateOrigins,site-per-process", // So that frames are of this page's session, too.
            $"--user-data-dir={Path.Combine(folder, "profile")}", "--remote-debugging-port=0", "about:blank",
        ];
        Process browser = Process.Start(new ProcessStartInfo("chromium", arguments)
        {
            RedirectStandardError = true,
            Environment = { ["HOME"] = folder },
        }) ?? throw new InvalidOperationException("Chromium did not start.");
        var tools = new DevTools(browser);
        try
        {
            await tools.AttachAsync();
            return tools;
        }
        catch
        {
            await tools.DisposeAsync();
            throw;
        }
    }

    /// <summary>Calls a method of the protocol, and serves the page's requests until its answer is there.</summary>
    /// <exception cref="InvalidOperationException">The browser refuses.</exception>
    public async Task<JsonObject> CallAsync(string method, JsonObject? parameters = null)
    {
        int id = await SendAsync(method, parameters);
        while (true)
        {
            JsonObject message = await ReceiveAsync();
            if ((int?)message["id"] == id)
            {
                return message["error"] is { } error
                    ? throw new InvalidOperationException($"{method}: {error.ToJsonString()}")
                    : message["result"]!.AsObject(); // An answer has one or the other.
            }

            if ((string?)message["method"] == "Fetch.requestPaused")
            {
                await SendAsync("Fetch.fulfillRequest", new JsonObject
                {
                    ["requestId"] = (string?)message["params"]!["requestId"], // Of such an event always there.
                    ["responseCode"] = 200,
                    ["responseHeaders"] = new JsonArray(new JsonObject { ["name"] = "Content-Type", ["value"] = "text/html" }),
                    ["body"] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(Page)),
                });
            }
        }
    }

    /// <summary>Runs a script in the page and waits for its promise; the value is text.</summary>
    /// <exception cref="InvalidOperationException">The script throws.</exception>
    public async Task<string> RunAsync(string script)
    {
        JsonObject result = await CallAsync("Runtime.evaluate", new JsonObject
        {
            ["expression"] = script,
            ["awaitPromise"] = true,
            ["returnByValue"] = true,
            ["userGesture"] = true,
        });
        return result["exceptionDetails"] is null && (string?)result["result"]?["value"] is { } value
            ? value
            : throw new InvalidOperationException(result.ToJsonString());
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _deadline.Dispose();
        if (!_browser.HasExited)
        {
            _browser.Kill(entireProcessTree: true);
        }

        await _rest;
        await _browser.WaitForExitAsync();
        _browser.Dispose();
    }

    private async Task AttachAsync()
    {
        string? line;
        do
        {
            line = await _browser.StandardError.ReadLineAsync(_deadline.Token)
                ?? throw new InvalidOperationException("Chromium ended before it listened.");
        }
        while (!line.StartsWith(Listening, StringComparison.Ordinal));
        _rest = _browser.StandardError.ReadToEndAsync();
        await _socket.ConnectAsync(new Uri(line[Listening.Length..]), _deadline.Token);
        JsonObject target = await CallAsync("Target.createTarget", new JsonObject { ["url"] = "about:blank" });
        JsonObject session = await CallAsync("Target.attachToTarget", new JsonObject
        {
            ["targetId"] = (string?)target["targetId"],
            ["flatten"] = true,
        });
        _session = (string?)session["sessionId"];
        await CallAsync("Fetch.enable");
        await CallAsync("Emulation.setFocusEmulationEnabled", new JsonObject { ["enabled"] = true });
    }

    private async Task<int> SendAsync(string method, JsonObject? parameters)
    {
        var message = new JsonObject { ["id"] = ++_last, ["method"] = method, ["params"] = parameters ?? [] };
        if (_session is not null)
        {
            message["sessionId"] = _session;
        }

        await _socket.SendAsync(
            System.Text.Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text, endOfMessage: true, _deadline.Token);
        return _last;
    }

    private async Task<JsonObject> ReceiveAsync()
    {
        using var message = new MemoryStream();
        byte[] buffer = new byte[16_384];
        WebSocketReceiveResult part;
        do
        {
            part = await _socket.ReceiveAsync(buffer, _deadline.Token);
            message.Write(buffer, 0, part.Count);
        }
        while (!part.EndOfMessage);
        return JsonNode.Parse(message.ToArray())!.AsObject(); // The protocol has nothing but objects.
    }
}
