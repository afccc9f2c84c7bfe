using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Storage;
using RemoteSigning.Server.Tests.Fakes;

namespace RemoteSigning.Server.Tests;

/// <summary>A credential whose signatures a device approves elsewhere, and the signer who does. The fake SAM takes any answer of a device.</summary>
internal sealed class DeviceCredential(CscClient signer, string id)
{
    public static readonly byte[] Device = RandomNumberGenerator.GetBytes(32);

    private readonly CscClient _client = signer.As(2);

    public string Id => id;

    /// <summary>As an enrollment with a device leaves it.</summary>
    public static async Task<DeviceCredential> EnrollAsync(World world, CscClient signer, CredentialRequest? request = null)
    {
        CredentialCreated created = await world.EnrollAsync(signer, request ?? World.P256());
        world.Authorization.DemandDevices(created.Id);
        await using ServerDatabase database = World.OpenDatabase(world.Database);
        await database.Database.ExecuteSqlAsync($"UPDATE server.credentials SET policy = 'device' WHERE id = {created.Id}");
        await database.Database.ExecuteSqlAsync(
            $"INSERT INTO server.devices (credential_id, device_id, enrolled_at) VALUES ({created.Id}, {Device}, now())");
        return new DeviceCredential(signer, created.Id);
    }

    /// <summary><c>credentials/authorize</c> that names the device.</summary>
    public Task<CscResult> AuthorizeAsync(IReadOnlyList<byte[]> hashes, Action<JsonObject>? change = null)
    {
        var body = new JsonObject
        {
            ["credentialID"] = id,
            ["numSignatures"] = hashes.Count,
            ["hashes"] = new JsonArray([.. hashes.Select(h => (JsonNode)Convert.ToBase64String(h))]),
            ["authData"] = new JsonArray(
                new JsonObject { ["id"] = "PIN", ["value"] = FakeAuthorization.Pin }, new JsonObject { ["id"] = "DEVICE" }),
        };
        change?.Invoke(body);
        return _client.PostAsync("credentials/authorize", body);
    }

    /// <summary>Asks for one signature; the handle.</summary>
    public async Task<string> BeginAsync(byte[]? hash = null)
    {
        CscResult answer = await AuthorizeAsync([hash ?? World.Digest()]);
        Assert.That(answer.Status, Is.EqualTo(202), answer.ToString());
        return (string)answer.Body["handle"]!;
    }

    public Task<CscResult> CheckAsync(string handle) =>
        _client.PostAsync("credentials/authorizeCheck", new JsonObject { ["handle"] = handle });

    /// <summary>The newest that waits with this credential, where the signer approves; null when nothing does.</summary>
    public async Task<JsonObject?> FindWaitingAsync()
    {
        CscResult list = await CardAsync("waiting_approvals", []);
        Assert.That(list.Status, Is.EqualTo(200), list.ToString());
        return (JsonObject?)list.Body["approvals"]!.AsArray().LastOrDefault(a => (string?)a!["credentialID"] == id);
    }

    /// <summary>What the device answers to a content.</summary>
    public JsonObject Answer(string content, byte flags = 0x05, byte[]? device = null, string type = "webauthn.get")
    {
        string challenge = Base64Url.EncodeToString(DeviceChallenge.ForActivation(content));
        return new JsonObject
        {
            ["id"] = Base64Url.EncodeToString(device ?? Device),
            ["authenticatorData"] = Base64Url.EncodeToString([.. new byte[32], flags, .. new byte[4]]),
            ["clientDataJSON"] = Base64Url.EncodeToString(
                Encoding.UTF8.GetBytes($$"""{"type":"{{type}}","challenge":"{{challenge}}","origin":"https://activate.example.com"}""")),
            ["signature"] = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(70)),
        };
    }

    /// <summary>Sends an answer to the newest that waits.</summary>
    /// <param name="answer">Without it the right one.</param>
    public async Task<CscResult> AnswerAsync(JsonObject? answer = null)
    {
        JsonObject waiting = await FindWaitingAsync() ?? throw new InvalidOperationException("Nothing waits.");
        JsonObject sent = answer ?? Answer((string)waiting["content"]!);
        sent["approval"] = (string)waiting["approval"]!;
        return await CardAsync("approval_answers", new JsonObject { ["deviceApproval"] = sent });
    }

    /// <summary>Refuses the newest that waits.</summary>
    public async Task<CscResult> RefuseAsync()
    {
        JsonObject waiting = await FindWaitingAsync() ?? throw new InvalidOperationException("Nothing waits.");
        return await CardAsync("approval_refusals", new JsonObject { ["approval"] = (string)waiting["approval"]! });
    }

    /// <summary>Refuses so often that the credential rests.</summary>
    public async Task LockAsync()
    {
        for (int i = 0; i < Signing.WaitingApprovalStore.MostRefusals; i++)
        {
            await BeginAsync();
            Assert.That((await RefuseAsync()).Status, Is.EqualTo(204));
        }
    }

    public Task<CscResult> CardAsync(string function, JsonObject body) =>
        _client.SendAsync($"/card/v1/{function}", body.ToJsonString(), $"Bearer {_client.Token}");
}
