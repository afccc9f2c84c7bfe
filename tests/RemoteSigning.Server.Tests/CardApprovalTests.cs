using System.Buffers.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Server.Tests;

/// <summary>Where a device approves what a program signs: <c>/card/v1/approvals</c>, and what <c>signatures/signHash</c> makes of it.</summary>
[NonParallelizable]
public sealed class CardApprovalTests
{
    private CscClient _client = null!; // Set before the first test, as is the next.
    private DeviceCredential _device = null!;

    private static World World => AssemblySetup.World;

    [OneTimeSetUp]
    public async Task EnrollAsync()
    {
        _client = await World.NewSignerAsync();
        _device = await DeviceCredential.EnrollAsync(World, _client);
    }

    [OneTimeTearDown]
    public void CleanUp() => _client.Dispose();

    [Test]
    public async Task DeviceLists_OfADeviceCredential_NamesItsDevices()
    {
        CscResult list = await _device.CardAsync("device_lists", new JsonObject { ["credentialID"] = _device.Id });

        Assert.That(list.Status, Is.EqualTo(200), list.ToString());
        Assert.That(list.Body["devices"]!.AsArray().Select(d => (string?)d), Is.EqualTo(new[] { Base64Url.EncodeToString(DeviceCredential.Device) }));
    }

    [Test]
    public async Task Approvals_OfALiveSad_TellTheContent()
    {
        CscResult approval = await _device.CardAsync("approvals", await BodyAsync());

        Assert.That(approval.Status, Is.EqualTo(200), approval.ToString());
        Assert.That((string?)approval.Body["content"], Does.Contain(_client.Signer));
    }

    [TestCase(ProblemCodes.SadExpired, "SAD expired")]
    [TestCase(ProblemCodes.HashNotAuthorized, "Hash is not authorized by the SAD.")]
    public async Task Approvals_RefusedByTheAuthorizationServer_AreRefused(string code, string text)
    {
        JsonObject body = await BodyAsync();
        World.Authorization.RefuseNext = ("/approvals", Problem.InvalidRequest, code);

        Assert.That((await _device.CardAsync("approvals", body)).Refusal, Is.EqualTo((400, "invalid_request", text)));
    }

    [Test]
    public async Task Approvals_CertificateExpired_AreRefused()
    {
        JsonObject body = await BodyAsync();
        World.Clock.Advance(TimeSpan.FromDays(366));
        CscResult answer = await _device.CardAsync("approvals", body);
        World.Clock.Advance(-TimeSpan.FromDays(366));

        Assert.That(answer.Description, Does.Match("^Signing certificate '.+' is expired\\.$"));
    }

    [Test]
    public async Task SignHash_WithoutTheDevicesApproval_IsRefused([Values(0, 1, 2)] int version)
    {
        CscClient client = _client.As(version);
        JsonObject body = await BodyAsync();
        JsonObject approval = _device.Answer("a content");
        approval["approval"] = $"nobodys.{World.Sam.Epoch}.{World.Sam.Node}";

        CscResult missing = await client.PostAsync("signatures/signHash", body);
        body["deviceApproval"] = approval;
        CscResult unknown = await client.PostAsync("signatures/signHash", body);
        World.Authorization.RefuseNext = ("/activations", Problem.InvalidRequest, ProblemCodes.ContentExpired);
        CscResult late = await client.PostAsync("signatures/signHash", body);

        Assert.Multiple(() =>
        {
            Assert.That(missing.Refusal, Is.EqualTo((400, "invalid_request", "Missing (or invalid type) object parameter deviceApproval")));
            Assert.That(unknown.Refusal, Is.EqualTo((400, "invalid_request", "Invalid parameter deviceApproval")));
            Assert.That(late.Refusal, Is.EqualTo((400, "invalid_request", "Device approval expired")));
        });
    }

    /// <summary>One hash, in the words of each version.</summary>
    private async Task<JsonObject> BodyAsync()
    {
        string hash = Convert.ToBase64String(World.Digest());
        return new JsonObject
        {
            ["credentialID"] = _device.Id,
            ["SAD"] = (await _client.AuthorizeAsync(_device.Id, 1)).Sad,
            ["hash"] = new JsonArray(hash),
            ["hashes"] = new JsonArray(hash),
            ["signAlgo"] = Oids.EcdsaWithSha256,
        };
    }
}
