using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Csc;
using RemoteSigning.Server.Tests.Fakes;

namespace RemoteSigning.Server.Tests;

/// <summary>
/// What is another signer's, or the same signer's through another application, is answered like what does not exist: status, headers and
/// body, byte for byte. Each method of each version has its cases here.
/// </summary>
[NonParallelizable]
public sealed class IsolationTests
{
    /// <summary>Methods that take nothing that could be another's.</summary>
    private static readonly string[] WithoutForeignThings = ["info", "signatures/timestamp"];

    private static readonly HashSet<string> PerRequest = new(["Date", "X-Request-Id"], StringComparer.OrdinalIgnoreCase);

    private World _world = null!; // Set before the first test, as are all of these.
    private CscClient _owner = null!;
    private CscClient _stranger = null!;
    private ApplicationCreated _one = null!;
    private ApplicationCreated _other = null!;
    private CredentialCreated _owners = null!;
    private CredentialCreated _strangers = null!;
    private string _ownersDevice = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _world = await World.StartAsync("isolation");
        _one = await _world.AddApplicationAsync();
        _other = await _world.AddApplicationAsync();
        _owner = await _world.NewSignerAsync();
        _stranger = await _world.NewSignerAsync();
        _owners = await _world.EnrollAsync(_owner, World.P256());
        _strangers = await _world.EnrollAsync(_stranger, World.P256());
        _ownersDevice = (await DeviceCredential.EnrollAsync(_world, _owner)).Id;
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _owner.Dispose();
        _stranger.Dispose();
        await _world.DisposeAsync();
    }

    private static IEnumerable<TestCaseData> Cases() =>
        from face in CscFace.All
        from method in CscApi.Offered(face)
        where !WithoutForeignThings.Contains(method)
        from isOtherSigner in (bool[])[true, false]
        where method != "auth/login" || !isOtherSigner // Whoever has a refresh token and the key of its application is the signer.
        select new TestCaseData(face.Version, method, isOtherSigner)
            .SetArgDisplayNames($"v{face.Version} {method}, {(isOtherSigner ? "other signer" : "other application")}");

    [TestCaseSource(nameof(Cases))]
    public async Task EachMethod_WhatIsAnothers_IsAnsweredLikeWhatDoesNotExist(int version, string method, bool isOtherSigner)
    {
        CscClient owner = await SignInAsync(_owner, _one, version);
        CscClient caller = await SignInAsync(isOtherSigner ? _stranger : _owner, isOtherSigner ? _one : _other, version);
        string sad = (await owner.AuthorizeAsync(_owners.Id, 2)).Sad;
        string refreshToken = (string)(await owner.SignInAsync(rememberMe: true)).Body["refresh_token"]!;

        string requestId = method switch
        {
            "signatures/signPolling" => await StartAsync(owner, sad),
            "credentials/authorizeCheck" => await new DeviceCredential(owner, _ownersDevice).BeginAsync(),
            _ => "",
        };

        foreach ((string foreign, string absent) in Bodies(owner, method, isOtherSigner, sad, refreshToken, requestId))
        {
            string answer = await SendAsync(caller, version, method, foreign);

            Assert.That(answer, Is.EqualTo(await SendAsync(caller, version, method, absent)), foreign);
        }

        CscResult signed = await owner.SignAsync(_owners.Id, sad, [World.Digest()], Oids.EcdsaWithSha256);
        CscResult refreshed = await owner.SendAsync($"/csc/v{version}/auth/login", $$"""{"refresh_token":"{{refreshToken}}"}""", null);
        Assert.That((signed.Status, refreshed.Status), Is.EqualTo((200, 200)), "nothing of the owner's was touched");
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    public async Task List_OtherSigner_HoldsOwnCredentialsOnly(int version)
    {
        CscResult ofOwner = await (await SignInAsync(_owner, _one, version)).PostAsync("credentials/list", "{}");
        CscResult ofOwnerElsewhere = await (await SignInAsync(_owner, _other, version)).PostAsync("credentials/list", "{}");
        CscResult ofStranger = await (await SignInAsync(_stranger, _one, version)).PostAsync("credentials/list", "{}");

        Assert.Multiple(() =>
        {
            Assert.That(ofOwner.Body.ToJsonString(), Does.Contain(_owners.Id).And.Not.Contain(_strangers.Id));
            Assert.That(ofOwnerElsewhere.Body.ToJsonString(), Is.EqualTo(ofOwner.Body.ToJsonString()), "credentials are the signer's, whatever he uses");
            Assert.That(ofStranger.Body.ToJsonString(), Does.Contain(_strangers.Id).And.Not.Contain(_owners.Id));
        });
    }

    /// <summary>Two bodies for each thing: with what is another's, and with the same that nobody has.</summary>
    private IEnumerable<(string Foreign, string Absent)> Bodies(
        CscClient owner, string method, bool isOtherSigner, string sad, string refreshToken, string requestId)
    {
        string mine = isOtherSigner ? _strangers.Id : _owners.Id;
        string noCredential = new('0', 32);
        string noToken = new('A', 43);
        string hash = Convert.ToBase64String(World.Digest());
        switch (method)
        {
            case "auth/login":
                yield return ($$"""{"refresh_token":"{{refreshToken}}"}""", $$"""{"refresh_token":"{{noToken}}"}""");
                break;
            case "auth/revoke":
                yield return ($$"""{"token":"{{owner.Token}}"}""", $$"""{"token":"{{noToken}}"}""");
                yield return ($$"""{"token":"{{refreshToken}}"}""", $$"""{"token":"{{noToken}}"}""");
                break;
            case "credentials/list":
                yield return ($$"""{"userID":"{{owner.Signer}}"}""", """{"userID":"nobody"}""");
                break;
            case "credentials/info":
                yield return Credential("{\"credentialID\":\"@\",\"certificates\":\"chain\",\"certInfo\":true,\"authInfo\":true}");
                break;
            case "credentials/authorize":
                yield return Credential(
                    $$"""{"credentialID":"@","numSignatures":1,"PIN":"{{FakeAuthorization.Pin}}","authData":[{"id":"PIN","value":"{{FakeAuthorization.Pin}}"}]}""");
                yield return Credential("""{"credentialID":"@","numSignatures":1000,"PIN":"wrong"}""");
                break;
            case "credentials/sendOTP" or "credentials/getChallenge":
                yield return Credential("""{"credentialID":"@","authObjectID":"OTP"}""");
                break;
            case "credentials/extendTransaction":
                yield return Credential($$"""{"credentialID":"@","SAD":"{{sad}}"}""");
                yield return Sad($$"""{"credentialID":"{{mine}}","SAD":"@"}""");
                break;
            case "signatures/signHash":
                yield return Credential(
                    $$"""{"credentialID":"@","SAD":"{{sad}}","hash":["{{hash}}"],"hashes":["{{hash}}"],"signAlgo":"{{Oids.EcdsaWithSha256}}"}""");
                yield return Sad(
                    $$"""{"credentialID":"{{mine}}","SAD":"@","hash":["{{hash}}"],"hashes":["{{hash}}"],"signAlgo":"{{Oids.EcdsaWithSha256}}"}""");
                break;
            case "credentials/authorizeCheck":
                yield return ($$"""{"handle":"{{requestId}}"}""", $$"""{"handle":"{{noToken}}"}""");
                break;
            case "signatures/signPolling":
                yield return ($$"""{"requestID":"{{requestId}}"}""", $$"""{"requestID":"{{noToken}}"}""");
                break;
            default:
                Assert.Fail($"{method} is new: say here which of the things that it takes may be another's.");
                break;
        }

        // Of an own credential through another application nothing is foreign but the SAD.
        (string, string) Credential(string body) => isOtherSigner
            ? (body.Replace("@", _owners.Id, StringComparison.Ordinal), body.Replace("@", noCredential, StringComparison.Ordinal))
            : (body.Replace("@", _strangers.Id, StringComparison.Ordinal), body.Replace("@", noCredential, StringComparison.Ordinal));

        (string, string) Sad(string body) =>
            (body.Replace("@", sad, StringComparison.Ordinal), body.Replace("@", noToken, StringComparison.Ordinal));
    }

    /// <summary>A signature of the owner that is made asynchronously; the id of its result.</summary>
    private async Task<string> StartAsync(CscClient owner, string sad)
    {
        CscResult accepted = await owner.PostAsync("signatures/signHash", new JsonObject
        {
            ["credentialID"] = _owners.Id,
            ["SAD"] = sad,
            ["hashes"] = new JsonArray(Convert.ToBase64String(World.Digest())),
            ["signAlgo"] = Oids.EcdsaWithSha256,
            ["operationMode"] = "A",
        });
        string id = (string?)accepted.Body["responseID"] ?? throw new InvalidOperationException(accepted.ToString());
        CscResult polled = await owner.PostAsync("signatures/signPolling", new JsonObject { ["requestID"] = id });
        Assert.That(polled.Status, Is.AnyOf(200, 202), "it is the owner's");
        return id;
    }

    private static async Task<CscClient> SignInAsync(CscClient signer, ApplicationCreated application, int version)
    {
        CscClient client = signer.Through(application.ApiKey).As(version);
        Assert.That((await client.SignInAsync()).Status, Is.EqualTo(200));
        return client;
    }

    /// <summary>The whole answer, but for the two headers that differ from request to request.</summary>
    private async Task<string> SendAsync(CscClient caller, int version, string method, string body)
    {
        using HttpClient http = _world.Http(null, _world.Public);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/csc/v{version}/{method}")
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("X-API-Key", caller.ApiKey);
        if (method != "auth/login")
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", caller.Token);
        }

        using HttpResponseMessage answer = await http.SendAsync(request);
        IEnumerable<string> headers = answer.Headers.Concat(answer.Content.Headers)
            .Select(h => PerRequest.Contains(h.Key) ? h.Key : $"{h.Key}: {string.Join(", ", h.Value)}");
        return $"{(int)answer.StatusCode}\n{string.Join('\n', headers)}\n\n{await answer.Content.ReadAsStringAsync()}";
    }
}
