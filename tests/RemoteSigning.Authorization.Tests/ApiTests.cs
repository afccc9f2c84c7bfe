using System.Net.Http.Headers;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests;

[TestFixture]
public sealed class ApiTests
{
    private static readonly string[] SsaFunctions =
    [
        "sessions", "session_refreshes", "token_states", "token_revocations", "pin_verifications", "credentials",
        "transactions", "activations", "activation_outcomes",
    ];

    private static readonly AccountRequest NewAccount = new("new@example.com", "Given", "Family", "a password", "12345678");

    private TestServer _server = null!; // Set before each test.

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await TestServer.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [TestCaseSource(nameof(SsaFunctions))]
    public async Task SsaFunction_ByAnOperator_IsForbidden(string path) =>
        Assert.That(await _server.Operator.TryAsync(path, "{}"), Is.EqualTo("403 role_forbidden"));

    [Test]
    public async Task OperatorFunction_ByAnSsa_IsForbidden()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);

        Assert.That(await _server.Ssa.TryCreateAccountAsync(NewAccount), Is.EqualTo("403 role_forbidden"));
        Assert.That(await _server.Ssa.TryResetPinAsync(signer.Id, "13572468"), Is.EqualTo("403 role_forbidden"));
        Assert.That(await _server.Ssa.TryVerifyPinAsync(signer.Token, signer.Pin), Is.EqualTo("204"));
    }

    [TestCaseSource(nameof(SsaFunctions))]
    public async Task SsaFunction_BodyThatIsNone_IsMalformed(string path)
    {
        foreach (string body in new[] { "", "{", "null", "[]", "{}", "\"x\"", "\u0000", "{\"access_token\":1,\"login\":1,\"refresh_token\":1}" })
        {
            Assert.That(await _server.Ssa.TryAsync(path, body), Is.EqualTo("400 malformed"), body);
        }
    }

    [TestCase("sessions", """{"login":null,"password":"x"}""")]
    [TestCase("sessions", """{"login":"a","login":"b","password":"x"}""")]
    [TestCase("sessions", """{"login":"a","password":"x","remember_me":"yes"}""")]
    [TestCase("sessions", """{"Login":"a","Password":"x"}""")]
    [TestCase("token_states", """{"access_token":null}""")]
    [TestCase("pin_verifications", """{"access_token":"a","pin":12345678}""")]
    [TestCase("transactions", """{"access_token":"a","credential_id":"c","num_signatures":"1"}""")]
    [TestCase("transactions", """{"access_token":"a","credential_id":"c","num_signatures":1.5}""")]
    [TestCase("transactions", """{"access_token":"a","credential_id":"c","num_signatures":99999999999}""")]
    [TestCase("transactions", """{"access_token":"a","credential_id":"c","num_signatures":1,"hashes":["not base64"]}""")]
    [TestCase("transactions", """{"access_token":"a","credential_id":"c","num_signatures":1,"description":"\ud800"}""")]
    [TestCase("activations", """{"access_token":"a","sad":"s","credential_id":"c","node":"n","epoch":"e","entries":null}""")]
    [TestCase("activation_outcomes", """{"jti":"a","outcome":null}""")]
    public async Task SsaFunction_MemberOfTheWrongKind_IsMalformed(string path, string body) =>
        Assert.That(await _server.Ssa.TryAsync(path, body), Is.EqualTo("400 malformed"));

    [Test]
    public async Task Lists_WithNullOrEmptyElements_AreMalformed()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, signer);
        string start = $$"""
            {"access_token":"{{signer.Token}}","sad":"{{approved.Sad}}","credential_id":"{{approved.Credential}}",
             "node":"{{TestServer.Node}}","epoch":"{{ActivationCase.Epoch}}","entries":
            """;
        foreach (string entries in new[] { "[null]", "[{}]", """[{"signature_algorithm":"1.2"}]""", """[{"digest":"AAAA"}]""" })
        {
            Assert.That(await _server.Ssa.TryAsync("activations", $"{start}{entries}}}"), Is.EqualTo("400 malformed"), entries);
        }

        string scal2 = await signer.AddCredentialAsync(scal: "2");
        Assert.That(
            await _server.Ssa.TryAsync(
                "transactions",
                $$"""{"access_token":"{{signer.Token}}","credential_id":"{{scal2}}","num_signatures":1,"pin":"1","hashes":[null]}"""),
            Is.EqualTo("400 malformed"));

        Activation activation = await _server.Ssa.ActivateAsync(approved.Request());
        foreach (string evidence in new[] { "{}", """{"record":"{}","index":0,"path":[null],"head":{"node":"sam-1"}}""", """{"path":[],"head":{}}""" })
        {
            Assert.That(
                await _server.Ssa.TryAsync(
                    "activation_outcomes", $$"""{"jti":"{{activation.Jti}}","outcome":"refused","evidence":{{evidence}}}"""),
                Is.EqualTo("400 integrity_error"), evidence);
        }
    }

    [Test]
    public async Task Body_OfTenMegabytes_IsTooLarge()
    {
        string body = $$"""{"login":"{{new string('x', 10 << 20)}}","password":"x"}""";

        Assert.That(await _server.Ssa.TryAsync("sessions", body), Is.EqualTo("413 too_large"));
    }

    [Test]
    public async Task Body_OfAnotherType_IsMalformed()
    {
        using var content = new StringContent("""{"access_token":"a"}""", new MediaTypeHeaderValue("text/plain"));

        Assert.That(await _server.Ssa.TryAsync(HttpMethod.Post, "token_states", content), Is.EqualTo("400 malformed"));
    }

    [TestCase("accounts/x")]
    [TestCase("no_such")]
    [TestCase("../v2/sessions")]
    public async Task Path_ThatIsNone_IsNotFound(string path) =>
        Assert.That(await _server.Ssa.TryAsync(path, "{}"), Is.EqualTo("404 not_found"));

    [Test]
    public void Connection_WithAnUnregisteredCertificate_EndsInTheHandshake()
    {
        using var stranger = new Api(_server.Address, TestWorld.Stranger, TestWorld.TlsRoot);

        Assert.That(() => stranger.TryAsync("token_states", "{}"), Throws.InstanceOf<HttpRequestException>());
    }

    [Test]
    public void Connection_WithoutCertificate_EndsInTheHandshake()
    {
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true };
        using var client = new HttpClient(handler);

        Assert.That(
            () => client.GetAsync(new Uri(_server.Address, "/authorization/v1/token_states")),
            Throws.InstanceOf<HttpRequestException>());
    }

    [Test]
    public void Connection_WithTheServersOwnCertificate_EndsInTheHandshake()
    {
        using var impostor = new Api(_server.Address, TestWorld.Server, TestWorld.TlsRoot);

        Assert.That(() => impostor.TryAsync("token_states", "{}"), Throws.InstanceOf<HttpRequestException>());
    }

    [Test]
    public async Task Account_WithKnownEmail_IsAConflictInAnyCase()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);

        Assert.That(
            await _server.Operator.TryCreateAccountAsync(NewAccount with { Email = signer.Account.Email.ToUpperInvariant() }),
            Is.EqualTo("409 conflict"));
    }

    [TestCase("", "Given", "Family", "a password", "12345678")]
    [TestCase("no address", "Given", "Family", "a password", "12345678")]
    [TestCase("a@b@example.com", "Given", "Family", "a password", "12345678")]
    [TestCase("nul\0@example.com", "Given", "Family", "a password", "12345678")]
    [TestCase("a@example.com", "", "Family", "a password", "12345678")]
    [TestCase("a@example.com", "Gi\u202even", "Family", "a password", "12345678")]
    [TestCase("a@example.com", "Given", "Fam\0ily", "a password", "12345678")]
    [TestCase("a@example.com", "Given", "Family", "short", "12345678")]
    [TestCase("a@example.com", "Given", "Family", "a password", "12345")]
    public async Task Account_OutsideTheRules_IsMalformed(string email, string given, string family, string password, string pin) =>
        Assert.That(
            await _server.Operator.TryCreateAccountAsync(new AccountRequest(email, given, family, password, pin)),
            Is.EqualTo("400 malformed"));
}
