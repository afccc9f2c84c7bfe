using System.Text.Json.Nodes;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Tests.Fakes;

namespace RemoteSigning.Server.Tests;

/// <summary>What the versions of CSC have in common, and the shapes in which they differ.</summary>
public sealed class CscFaceTests
{
    private const string Dn = "CN=Sample Signer,givenName=Sample,surname=Signer";

    private CscClient _client = null!; // Set before the first test, as are the next two.
    private CredentialCreated _both = null!;
    private CredentialCreated _bound = null!;

    private static World World => AssemblySetup.World;

    [OneTimeSetUp]
    public async Task PrepareAsync()
    {
        _client = await World.NewSignerAsync();
        _both = await World.EnrollAsync(_client, World.P256(otp: true));
        _bound = await World.EnrollAsync(_client, World.P256(scal: "2", multisign: 1));
    }

    [OneTimeTearDown]
    public void CleanUp() => _client.Dispose();

    [Test]
    public async Task EveryVersion_SignIn_IsTheSameSession([Values(0, 1, 2)] int version, [Values(0, 1, 2)] int other)
    {
        using CscClient client = (await World.NewSignerAsync()).As(version);
        await client.SignInAsync();

        CscResult list = await client.As(other).PostAsync("credentials/list", "{}");

        Assert.That(list.ToString(), Is.EqualTo("""200 {"credentialIDs":[]}"""));
    }

    [Test]
    public async Task EveryVersion_ApprovedHash_IsSigned([Values(0, 1, 2)] int version)
    {
        CscClient client = _client.As(version);
        byte[] hash = World.Digest();
        string sad = (await client.AuthorizeAsync(_bound.Id, 1, [hash])).Sad;

        CscResult answer = await client.SignAsync(_bound.Id, sad, [hash], Oids.EcdsaWithSha256, DigestAlgorithm.Sha256.Oid);

        Assert.That(answer.Status, Is.EqualTo(200), answer.ToString());
        Assert.That(answer.Body.Select(m => m.Key), Is.EqualTo(new[] { "signatures" }));
    }

    [Test]
    public async Task EveryVersion_BothFactors_AreRead([Values(0, 1, 2)] int version)
    {
        CscClient client = _client.As(version);

        CscResult answer = await client.AuthorizeAsync(_both.Id, 1, otp: FakeAuthorization.Otp);

        Assert.That(answer.Status, Is.EqualTo(200), answer.ToString());
    }

    [TestCase(0, "true", Description = "client-derived: PowerShell-OpenAuthenticode, CscApi.cs")]
    [TestCase(1, "1000")]
    [TestCase(2, "1000")]
    public async Task Info_Multisign_HasTheShapeOfTheVersion(int version, string multisign)
    {
        CscResult info = await _client.As(version).PostAsync("credentials/info", new JsonObject { ["credentialID"] = _both.Id });

        Assert.That(info.Body["multisign"]!.ToJsonString(), Is.EqualTo(multisign));
    }

    [Test]
    public async Task Info_MultisignOfOne_IsFalseInV0()
    {
        CscResult info = await _client.As(0).PostAsync("credentials/info", new JsonObject { ["credentialID"] = _bound.Id });

        Assert.That(info.Body["multisign"]!.ToJsonString(), Is.EqualTo("false"));
    }

    [Test]
    public async Task Info_FactorsInV2_AreAuthenticationObjects()
    {
        CscResult info = await _client.As(2).PostAsync(
            "credentials/info", new JsonObject { ["credentialID"] = _both.Id, ["authInfo"] = true, ["certificates"] = "none" });

        Assert.That(
            info.Body["auth"]!.ToJsonString(),
            Is.EqualTo("""{"mode":"explicit","objects":[{"type":"Password","id":"PIN","format":"A","label":"Signing PIN","description":"The PIN of the card."},{"type":"Password","id":"OTP","format":"N","generator":"totp","label":"One-time code","description":"The code that the authenticator app shows now."}]}"""));
        Assert.That(
            info.Body.Select(m => m.Key), Is.EqualTo(new[] { "description", "key", "cert", "auth", "SCAL", "multisign", "lang" }));
    }

    [Test]
    public async Task Info_WithoutAuthInfo_HasTheModeOnlyInV2()
    {
        CscResult info = await _client.As(2).PostAsync("credentials/info", new JsonObject { ["credentialID"] = _both.Id });

        Assert.That(info.Body["auth"]!.ToJsonString(), Is.EqualTo("""{"mode":"explicit"}"""));
    }

    [Test]
    public async Task List_DescribedInV2_HasTheInfoOfEach()
    {
        CscResult list = await _client.As(2).PostAsync(
            "credentials/list", """{"credentialInfo":true,"certificates":"none","certInfo":true,"authInfo":true,"maxResults":1}""");

        string[] ids = [.. list.Body["credentialIDs"]!.AsArray().Select(i => (string)i!)];
        JsonArray infos = list.Body["credentialInfos"]!.AsArray();
        Assert.Multiple(() =>
        {
            Assert.That(ids, Is.EqualTo(new[] { _both.Id, _bound.Id }.Order(StringComparer.Ordinal)));
            Assert.That(infos.Select(i => (string?)i!["credentialID"]), Is.EqualTo(ids));
            Assert.That(infos.Select(i => (string?)i!["cert"]!["subjectDN"]), Is.All.EqualTo(Dn));
            Assert.That(infos.Select(i => i!["auth"]!["objects"]!.AsArray().Count).Order(), Is.EqualTo(new[] { 1, 2 }));
            Assert.That(list.Body.ContainsKey("onlyValid"), Is.False);
        });
    }

    [Test]
    public async Task List_OnlyValidInV2_LeavesOutTheDisabled()
    {
        using CscClient client = (await World.NewSignerAsync()).As(2);
        CredentialCreated kept = await World.EnrollAsync(client, World.P256());
        CredentialCreated disabled = await World.EnrollAsync(client, World.P256());
        await World.SetStatusAsync(client, disabled, enabled: false);

        CscResult valid = await client.PostAsync("credentials/list", """{"onlyValid":true}""");
        CscResult all = await client.PostAsync("credentials/list", """{"onlyValid":false}""");

        Assert.That(valid.Body.ToJsonString(), Is.EqualTo($$"""{"credentialIDs":["{{kept.Id}}"],"onlyValid":true}"""));
        Assert.That(all.Body["credentialIDs"]!.AsArray(), Has.Count.EqualTo(2));
    }

    [TestCase("""{"id":"PIN","value":"12345678"}""")]
    [TestCase("""["PIN"]""")]
    [TestCase("""[{"value":"12345678"}]""")]
    [TestCase("""[{"id":1,"value":"12345678"}]""")]
    [TestCase("""[{"id":"PIN","value":12345678}]""")]
    [TestCase("""[{"id":"pin","value":"12345678"}]""")]
    [TestCase("""[{"id":"PIN","value":"12345678"},{"id":"PIN","value":"12345678"}]""")]
    public async Task Authorize_AuthDataOfAnotherShape_IsInvalid(string data)
    {
        CscResult answer = await _client.As(2).PostAsync(
            "credentials/authorize", $$"""{"credentialID":"{{_both.Id}}","numSignatures":1,"authData":{{data}}}""");

        Assert.That(answer.Refusal, Is.EqualTo((400, "invalid_request", "Invalid parameter authData")));
    }

    [TestCase("x", "Invalid parameter hashAlgorithmOID")]
    [TestCase("1.3.14.3.2.26", "Invalid parameter hashAlgorithmOID")]
    [TestCase("2.16.840.1.101.3.4.2.2", "Invalid digest value length")]
    public async Task Authorize_HashAlgorithmInV2_MustFitTheHashes(string oid, string text)
    {
        CscResult answer = await _client.As(2).PostAsync(
            "credentials/authorize",
            new JsonObject
            {
                ["credentialID"] = _bound.Id,
                ["numSignatures"] = 1,
                ["hashes"] = new JsonArray(Convert.ToBase64String(World.Digest())),
                ["hashAlgorithmOID"] = oid,
                ["authData"] = new JsonArray(new JsonObject { ["id"] = "PIN", ["value"] = FakeAuthorization.Pin }),
            });

        Assert.That(answer.Refusal, Is.EqualTo((400, "invalid_request", text)));
    }

    [Test]
    public async Task Authorize_MemberOfAnotherVersion_IsNotRead([Values(0, 1, 2)] int version)
    {
        var body = new JsonObject { ["credentialID"] = _bound.Id, ["numSignatures"] = 1 };
        body[version == 2 ? "hash" : "hashes"] = new JsonArray(Convert.ToBase64String(World.Digest()));

        CscResult answer = await _client.As(version).PostAsync("credentials/authorize", body);

        Assert.That(answer.Description, Is.EqualTo("Missing (or invalid type) array parameter hash"));
    }
}
