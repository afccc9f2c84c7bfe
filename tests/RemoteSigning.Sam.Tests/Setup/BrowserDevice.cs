using System.Text.Json;
using System.Text.Json.Nodes;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>Chromium's virtual authenticator, behind Chromium's own WebAuthn client, on a page of the RP ID.</summary>
internal sealed class BrowserDevice : IAsyncDisposable
{
    private const string Script =
        """
        <script>
        const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
        const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer)));
        async function register(challenge, algorithm, attestation) {
            const made = await navigator.credentials.create({ publicKey: {
                challenge: bytes(challenge), rp: { id: "RPID", name: "RPID" }, attestation,
                user: { id: new Uint8Array(16), name: "signer@example.com", displayName: "signer" },
                pubKeyCredParams: [{ type: "public-key", alg: algorithm }],
                authenticatorSelection: { userVerification: "required", residentKey: "required" } } });
            return JSON.stringify({ client_data_json: text(made.response.clientDataJSON), attestation_object: text(made.response.attestationObject) });
        }
        async function approve(challenge, userVerification) {
            const made = await navigator.credentials.get({ publicKey: { challenge: bytes(challenge), rpId: "RPID", userVerification } });
            return JSON.stringify({ credential_id: text(made.rawId), client_data_json: text(made.response.clientDataJSON),
                authenticator_data: text(made.response.authenticatorData), signature: text(made.response.signature) });
        }
        onmessage = async e => e.source.postMessage(await approve(e.data, "required"), "*");
        async function approveInFrame(challenge, origin) {
            const frame = document.createElement("iframe");
            frame.allow = "publickey-credentials-get *";
            frame.src = origin + "/";
            document.body.append(frame);
            await new Promise(done => frame.onload = done);
            frame.contentWindow.postMessage(challenge, "*");
            return await new Promise(done => onmessage = e => done(e.data));
        }
        </script>
        <body></body>
        """;

    private readonly DevTools _browser;
    private string _authenticator = "";

    private BrowserDevice(DevTools browser) => _browser = browser;

    public static async Task<BrowserDevice> StartAsync(string folder)
    {
        DevTools browser = await DevTools.StartAsync(folder);
        browser.Page = Script.Replace("RPID", TestDevice.RpId, StringComparison.Ordinal);
        var device = new BrowserDevice(browser);
        await browser.CallAsync("WebAuthn.enable");
        await device.NewAuthenticatorAsync();
        await device.OpenAsync(TestDevice.Origin);
        return device;
    }

    /// <summary>Opens the page at another origin.</summary>
    public async Task OpenAsync(string origin)
    {
        await _browser.CallAsync("Page.navigate", new JsonObject { ["url"] = $"{origin}/" });
        await _browser.RunAsync("new Promise(done => document.readyState == 'complete' ? done('') : addEventListener('load', () => done('')))");
    }

    public async Task<DeviceRegistration> RegisterAsync(string content, int algorithm = -7, string attestation = "none") => Read(
        await _browser.RunAsync($"register('{Convert.ToBase64String(DeviceChallenge.ForAssignment(content))}', {algorithm}, '{attestation}')"),
        SamJson.Default.DeviceRegistration);

    public async Task<DeviceApproval> ApproveAsync(string content, string userVerification = "required") => Read(
        await _browser.RunAsync($"approve('{Convert.ToBase64String(DeviceChallenge.ForActivation(content))}', '{userVerification}')"),
        SamJson.Default.DeviceApproval);

    /// <summary>In a frame with a page of <paramref name="origin"/>, inside the page that is open.</summary>
    public async Task<DeviceApproval> ApproveInFrameAsync(string content, string origin) => Read(
        await _browser.RunAsync($"approveInFrame('{Convert.ToBase64String(DeviceChallenge.ForActivation(content))}', '{origin}')"),
        SamJson.Default.DeviceApproval);

    /// <summary>Whether the person gives the right finger or PIN from now on.</summary>
    public Task SetVerifiedAsync(bool isVerified) => _browser.CallAsync(
        "WebAuthn.setUserVerified", new JsonObject { ["authenticatorId"] = _authenticator, ["isUserVerified"] = isVerified });

    /// <summary>Puts another authenticator in the place of the one there was.</summary>
    public async Task NewAuthenticatorAsync()
    {
        if (_authenticator.Length > 0)
        {
            await _browser.CallAsync("WebAuthn.removeVirtualAuthenticator", new JsonObject { ["authenticatorId"] = _authenticator });
        }

        JsonObject made = await _browser.CallAsync("WebAuthn.addVirtualAuthenticator", new JsonObject
        {
            ["options"] = new JsonObject
            {
                ["protocol"] = "ctap2",
                ["ctap2Version"] = "ctap2_1",
                ["transport"] = "internal",
                ["hasResidentKey"] = true,
                ["hasUserVerification"] = true,
                ["isUserVerified"] = true,
                ["automaticPresenceSimulation"] = true,
            },
        });
        _authenticator = (string?)made["authenticatorId"] ?? throw new InvalidOperationException("There is no authenticator.");
    }

    public ValueTask DisposeAsync() => _browser.DisposeAsync();

    private static T Read<T>(string json, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(json, type)!; // The page makes an object.
}
