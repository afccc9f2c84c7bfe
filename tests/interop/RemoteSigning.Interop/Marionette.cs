using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace RemoteSigning.Interop;

/// <summary>
/// Firefox's remote control: messages <c>LENGTH:JSON</c> on a loopback port; a command is <c>[0, id, name, parameters]</c>, its answer
/// <c>[1, id, error, result]</c>.
/// </summary>
internal sealed class Marionette : IDisposable
{
    private readonly TcpClient _client;
    private int _id;

    private Marionette(TcpClient client) => _client = client;

    /// <summary>Connects as soon as the port is there, and begins a session that waits for no page and leaves prompts alone.</summary>
    public static async Task<Marionette> ConnectAsync(int port, Func<bool> isRunning, CancellationToken cancel)
    {
        for (int attempt = 0; attempt < 600 && isRunning(); attempt++)
        {
            var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, port, cancel);
                var marionette = new Marionette(client);
                _ = await marionette.ReceiveAsync(cancel);
                await marionette.CallAsync(
                    "WebDriver:NewSession", new JsonObject { ["pageLoadStrategy"] = "none", ["unhandledPromptBehavior"] = "ignore" }, cancel);
                return marionette;
            }
            catch (SocketException)
            {
                client.Dispose();
                await Task.Delay(100, cancel);
            }
        }

        throw new InteropException("Firefox did not open its Marionette port.");
    }

    /// <summary>Runs a command; the error of its answer becomes an exception.</summary>
    public async Task<JsonNode?> CallAsync(string command, JsonObject parameters, CancellationToken cancel)
    {
        byte[] message = Encoding.UTF8.GetBytes(new JsonArray(0, ++_id, command, parameters).ToJsonString());
        byte[] length = Encoding.ASCII.GetBytes(message.Length.ToString(CultureInfo.InvariantCulture) + ":");
        await _client.GetStream().WriteAsync((byte[])[.. length, .. message], cancel);
        JsonArray answer = (await ReceiveAsync(cancel)).AsArray();
        return answer[2] is null ? answer[3] : throw new InteropException($"{command}: {answer[2]!["message"]}");
    }

    /// <summary>Runs a script with the rights of the browser itself, not of a page; needs <c>--remote-allow-system-access</c>.</summary>
    public async Task<JsonNode?> RunInBrowserAsync(string script, string argument, CancellationToken cancel)
    {
        await CallAsync("Marionette:SetContext", new JsonObject { ["value"] = "chrome" }, cancel);
        JsonNode? result = await CallAsync(
            "WebDriver:ExecuteScript", new JsonObject { ["script"] = script, ["args"] = new JsonArray(argument), ["sandbox"] = null }, cancel);
        await CallAsync("Marionette:SetContext", new JsonObject { ["value"] = "content" }, cancel);
        return result!["value"];
    }

    public void Dispose() => _client.Dispose();

    private async Task<JsonNode> ReceiveAsync(CancellationToken cancel)
    {
        int length = 0;
        byte[] digit = new byte[1];
        while (true)
        {
            await _client.GetStream().ReadExactlyAsync(digit, cancel);
            if (digit[0] == ':')
            {
                break;
            }

            length = checked((length * 10) + digit[0] - '0');
        }

        byte[] message = new byte[length];
        await _client.GetStream().ReadExactlyAsync(message, cancel);
        return JsonNode.Parse(message)!;
    }
}
