using System.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;

namespace RemoteSigning.Server.Tests;

/// <summary>info, auth/login, auth/revoke, the bearer token, and what is common to all methods.</summary>
public sealed class CscSessionTests
{
    private const string Malformed =
        "The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than once, or is otherwise malformed.";

    private static World World => AssemblySetup.World;

    private static readonly string[] BearerMethods =
        ["credentials/list", "credentials/info", "credentials/authorize", "signatures/signHash", "signatures/timestamp"];

    private static CscClient Anonymous() => new(World.Http(null, World.Public), "", "nobody@example.com");

    private static JsonObject Info(string specs, params string[] methods) => new()
    {
        ["specs"] = specs,
        ["name"] = "Test server",
        ["logo"] = new Uri(World.Public, "/logo.png").ToString(),
        ["region"] = "DE",
        ["lang"] = "en-US",
        ["description"] = "Remote signatures with keys that never leave the hardware security module.",
        ["authType"] = new JsonArray("basic"),
        ["methods"] = new JsonArray([.. methods.Select(m => (JsonNode)m)]),
    };

    /// <remarks>Some clients send a method without parameters as GET: csctester.</remarks>
    [Test]
    public async Task Info_PostOrGet_TellsWhatIsOffered([Values("POST", "GET")] string method, [Values(0, 1, 2)] int version)
    {
        using CscClient client = Anonymous();

        CscResult answer = await client.SendAsync($"/csc/v{version}/info", null, null, method: new HttpMethod(method));

        string[] common =
            [
            "auth/login", "auth/revoke", "credentials/list", "credentials/info", "credentials/authorize", "credentials/extendTransaction",
            "credentials/sendOTP", "signatures/signHash", "signatures/timestamp",
        ];
        JsonObject expected = version == 0 ? Info("0.1.7.9", common) : version == 1 ? Info("1.0.4.0", common) : Info("2.0.0.2", common);
        if (version == 2)
        {
            expected["methods"] = new JsonArray(
                "auth/login", "auth/revoke", "credentials/list", "credentials/info", "credentials/authorize", "credentials/authorizeCheck",
                "credentials/extendTransaction", "credentials/getChallenge", "signatures/signHash", "signatures/signPolling",
                "signatures/timestamp");
            expected["asynchronousOperationMode"] = true;
            expected["validationInfo"] = false;
            expected["signAlgorithms"] = new JsonObject
            {
                ["algos"] = new JsonArray(
                    "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13", "1.2.840.113549.1.1.1", "1.2.840.113549.1.1.10",
                    "1.2.840.10045.4.3.2", "1.2.840.10045.4.3.3", "1.2.840.10045.4.3.4"),
                // RFC 8017, A.2.3, with salts as long as the digests.
                ["algoParams"] = new JsonArray(
                    "MDSgDzANBglghkgBZQMEAgEFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgEFAKIDAgEg",
                    "MDSgDzANBglghkgBZQMEAgIFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgIFAKIDAgEw",
                    "MDSgDzANBglghkgBZQMEAgMFAKEcMBoGCSqGSIb3DQEBCDANBglghkgBZQMEAgMFAKIDAgFA"),
            };
            expected["signature_formats"] = new JsonObject { ["formats"] = new JsonArray() };
            expected["conformance_levels"] = new JsonArray();
        }

        Assert.That(answer.Body.ToJsonString(), Is.EqualTo(expected.ToJsonString()));
        Assert.That(answer.ContentType, Is.EqualTo("application/json"));
    }

    [Test]
    public async Task Logo_Fetched_IsASmallPng()
    {
        using HttpClient http = World.Http(null, World.Public);

        using HttpResponseMessage answer = await http.GetAsync("/logo.png");
        byte[] png = await answer.Content.ReadAsByteArrayAsync();

        Assert.Multiple(() =>
        {
            Assert.That(answer.Content.Headers.ContentType!.MediaType, Is.EqualTo("image/png"));
            Assert.That(png[..8], Is.EqualTo(new byte[] { 0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a }));
            Assert.That(System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)), Is.LessThanOrEqualTo(256));
            Assert.That(System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20)), Is.LessThanOrEqualTo(256));
        });
    }

    private static IEnumerable<TestCaseData> LoginRows()
    {
        const string Parameter = "Malformed authentication parameter.";
        const string Pair = "Malformed username-password.";
        yield return new(null, null, 401, "invalid_request", Parameter);
        yield return new("Digest abc", "{}", 401, "invalid_request", Parameter);
        yield return new("Basic", "{}", 401, "invalid_request", Parameter);
        yield return new("Basic !!!", "{}", 401, "invalid_request", Parameter);
        yield return new(CscClient.Basic("nocolon"), "{}", 400, "invalid_request", Pair);
        yield return new(CscClient.Basic(":password"), "{}", 400, "invalid_request", Pair);
        yield return new(CscClient.Basic("user:"), "{}", 400, "invalid_request", Pair);
        yield return new($"Basic {Convert.ToBase64String([0xff, 0x3a, 0x41])}", "{}", 400, "invalid_request", Pair);
        yield return new(CscClient.Basic("signer@example.com:wrong"), "{}", 400, "authentication_error", "An error occurred during authentication process");
        yield return new(null, """{"refresh_token":1}""", 400, "invalid_request", "Invalid string parameter: refresh_token");
        yield return new(null, """{"refresh_token":"unknown"}""", 400, "invalid_request", "Invalid refresh_token");
        yield return new(CscClient.Basic("a:b"), """{"rememberMe":"yes"}""", 400, "invalid_request", "Invalid parameter rememberMe");
        yield return new(CscClient.Basic("a:b"), """{"clientData":1}""", 400, "invalid_request", "Invalid parameter clientData");
        yield return new(CscClient.Basic("a:b"), "{", 400, "invalid_request", Malformed);
    }

    [TestCaseSource(nameof(LoginRows))]
    public async Task Login_RowOfTheErrorTable_IsAnsweredToTheLetter(
        string? authorization, string? body, int status, string error, string description)
    {
        using CscClient client = Anonymous();

        CscResult answer = await client.SendAsync("/csc/v1/auth/login", body, authorization);

        Assert.That(answer.Refusal, Is.EqualTo((status, error, description)));
        Assert.That(answer.Challenge, Is.EqualTo(status == 401 ? "Basic realm=\"CSC\", charset=\"UTF-8\"" : ""));
    }

    [Test]
    public async Task Login_Remembered_CanBeRefreshedOnce()
    {
        using CscClient client = await World.NewSignerAsync();
        CscResult login = await client.SignInAsync(rememberMe: true);
        string body = new JsonObject { ["refresh_token"] = (string?)login.Body["refresh_token"] }.ToJsonString();

        CscResult first = await client.SendAsync("/csc/v1/auth/login", body, null);
        CscResult second = await client.SendAsync("/csc/v1/auth/login", body, null);

        Assert.Multiple(() =>
        {
            Assert.That((int?)login.Body["expires_in"], Is.EqualTo(3600));
            Assert.That((string?)first.Body["access_token"], Is.Not.Null.And.Not.EqualTo((string?)login.Body["access_token"]));
            Assert.That(second.Description, Is.EqualTo("Invalid refresh_token"));
        });
    }

    [TestCase("Bearer abc", 200)]
    [TestCase("Basic", 401)]
    public async Task Login_RefreshTokenBesideAHeader_CountsUnlessTheHeaderIsBasic(string authorization, int status)
    {
        using CscClient client = await World.NewSignerAsync();
        CscResult login = await client.SignInAsync(rememberMe: true);
        string body = new JsonObject { ["refresh_token"] = (string?)login.Body["refresh_token"] }.ToJsonString();

        CscResult answer = await client.SendAsync("/csc/v1/auth/login", body, authorization);

        Assert.That(answer.Status, Is.EqualTo(status), answer.ToString());
    }

    [Test]
    public async Task Login_NotRemembered_HasNoRefreshToken()
    {
        using CscClient client = await World.NewSignerAsync();

        CscResult login = await client.SignInAsync();

        Assert.That(login.Body.ContainsKey("refresh_token"), Is.False);
    }

    [Test]
    public async Task Revoke_OwnAccessToken_EndsIt()
    {
        using CscClient client = await World.NewSignerAsync();

        CscResult revoked = await client.PostAsync("auth/revoke", new JsonObject { ["token"] = client.Token, ["token_type_hint"] = "access_token" });
        CscResult after = await client.PostAsync("credentials/list", "{}");

        Assert.Multiple(() =>
        {
            Assert.That(revoked.Status, Is.EqualTo(204));
            Assert.That(
                after.Refusal,
                Is.EqualTo((401, "invalid_token", "The token provided is not a valid OAuth access or refresh token.")));
            Assert.That(after.Challenge, Does.StartWith("Bearer"));
        });
    }

    [Test]
    public async Task Revoke_TokenOfAnotherSigner_IsLikeNone()
    {
        using CscClient client = await World.NewSignerAsync();
        using CscClient other = await World.NewSignerAsync();

        CscResult answer = await client.PostAsync("auth/revoke", new JsonObject { ["token"] = other.Token });

        Assert.That(answer.Refusal, Is.EqualTo((400, "invalid_request", "Invalid string parameter token")));
        Assert.That((await other.PostAsync("credentials/list", "{}")).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task EveryMethod_MalformedBearerHeader_Is400(
        [ValueSource(nameof(BearerMethods))] string method, [Values(null, "Bearer", "Bearer ", "Basic YTpi", "Bearer a b", "Bearer \"x\"", "x")] string? header)
    {
        using CscClient client = Anonymous();

        CscResult answer = await client.SendAsync($"/csc/v1/{method}", "{}", header);

        Assert.That(answer.Refusal, Is.EqualTo((400, "invalid_request", Malformed)));
    }

    [Test]
    public async Task Revoke_MalformedBearerHeader_PrintsRequiredInCapitals()
    {
        using CscClient client = Anonymous();

        CscResult answer = await client.SendAsync("/csc/v1/auth/revoke", """{"token":"x"}""", null);

        Assert.That(answer.Refusal, Is.EqualTo((400, "invalid_request", Malformed.Replace("required", "REQUIRED", StringComparison.Ordinal))));
    }

    [TestCase("credentials/list", "{}")]
    [TestCase("credentials/info", """{"credentialID":"x"}""")]
    [TestCase("credentials/authorize", """{"credentialID":"x","numSignatures":1}""")]
    [TestCase("auth/revoke", """{"token":"x"}""")]
    public async Task EveryMethod_UnknownToken_Is401(string method, string body)
    {
        using CscClient client = Anonymous();

        CscResult answer = await client.SendAsync($"/csc/v1/{method}", body, "Bearer unknown");

        Assert.That(answer.Refusal, Is.EqualTo((401, "invalid_token", "The token provided is not a valid OAuth access or refresh token.")));
        Assert.That(answer.Challenge, Is.EqualTo("Bearer error=\"invalid_token\""));
    }

    [Test]
    public async Task Body_OfTenMegabytes_IsTooLarge()
    {
        using CscClient client = await World.NewSignerAsync();

        CscResult answer = await client.PostAsync("signatures/signHash", $$"""{"SAD":"{{new string('x', 10_000_000)}}"}""");

        Assert.That(answer.Refusal, Is.EqualTo((413, "invalid_request", "The request is too large.")));
    }

    [TestCase("text/plain")]
    [TestCase("application/x-www-form-urlencoded")]
    public async Task Body_OfAnotherType_IsMalformed(string type)
    {
        using CscClient client = await World.NewSignerAsync();

        CscResult answer = await client.SendAsync("/csc/v1/credentials/list", "{}", $"Bearer {client.Token}", type);

        Assert.That(answer.Refusal, Is.EqualTo((400, "invalid_request", Malformed)));
    }

    [Test]
    public async Task Body_WithCharset_IsTaken()
    {
        using CscClient client = await World.NewSignerAsync();

        CscResult answer = await client.SendAsync("/csc/v1/credentials/list", "{}", $"Bearer {client.Token}", "application/json; charset=utf-8");

        Assert.That(answer.Status, Is.EqualTo(200));
    }

    [TestCase("/csc/v1/credentials/everything", 400, "access_denied", "The user, authorization server or remote service denied the request.")]
    [TestCase("/csc/v9/info", 400, "access_denied", "The user, authorization server or remote service denied the request.")]
    [TestCase("/csc/v2/credentials/sendOTP", 501, "invalid_request", "The method is not implemented by this service.")]
    [TestCase("/csc/v2/signatures/signDoc", 501, "invalid_request", "The method is not implemented by this service.")]
    [TestCase("/csc/v1/signatures/signDoc", 400, "access_denied", "The user, authorization server or remote service denied the request.")]
    [TestCase("/csc/v1/oauth2/token", 501, "invalid_request", "The method is not implemented by this service.")]
    public async Task Endpoint_ThatIsNotThere_IsACscError(string path, int status, string error, string description)
    {
        using CscClient client = Anonymous();

        CscResult answer = await client.SendAsync(path, "{}", null);

        Assert.That(answer.Refusal, Is.EqualTo((status, error, description)));
    }

    [Test]
    public async Task Enrollment_OnThePublicListener_IsNotThere()
    {
        using HttpClient http = World.Http(null, World.Public);

        using HttpResponseMessage answer = await http.PostAsync(
            "/enrollment/v1/signers", new StringContent("{}", Encoding.UTF8, "application/json"));

        Assert.That((int)answer.StatusCode, Is.EqualTo(404));
    }

    [Test]
    public async Task Trace_GivenByTheCaller_ComesBack()
    {
        using CscClient client = Anonymous();
        const string Trace = "0af7651916cd43dd8448eb211c80319c";

        CscResult answer = await client.SendAsync("/csc/v1/info", null, null, traceParent: $"00-{Trace}-b7ad6b7169203331-01");

        Assert.That(answer.RequestId, Is.EqualTo(Trace));
    }

    [TestCase("""{"pin":"12345678"}""", 204, null, null)]
    [TestCase("""{"pin":"87654321"}""", 400, "invalid_pin", "The PIN is invalid")]
    [TestCase("""{"pin":1}""", 400, "invalid_request", "Missing (or invalid type) string parameter pin")]
    public async Task CardPin_Verified_IsAnswered(string body, int status, string? error, string? description)
    {
        using CscClient client = await World.NewSignerAsync();

        CscResult answer = await client.SendAsync("/card/v1/pin", body, $"Bearer {client.Token}");

        Assert.That(answer.Refusal, Is.EqualTo((status, error, description)));
    }
}
