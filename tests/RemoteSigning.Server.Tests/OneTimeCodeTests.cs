using System.Text.Json.Nodes;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Tests.Fakes;

namespace RemoteSigning.Server.Tests;

/// <summary>One-time codes that are sent: <c>sendOTP</c>, in v2 <c>getChallenge</c>, and how <c>info</c> tells of them.</summary>
public sealed class OneTimeCodeTests
{
    private const string Unavailable =
        "The server is currently unable to handle the request due to a temporary overloading or maintenance of the server.";

    private CscClient _client = null!; // Set before the first test, as are the next two.
    private CredentialCreated _email = null!;
    private CredentialCreated _sms = null!;

    private static World World => AssemblySetup.World;

    [OneTimeSetUp]
    public async Task PrepareAsync()
    {
        _client = await World.NewSignerAsync();
        _email = await World.EnrollAsync(_client, World.P256(otp: true, otpChannel: OtpChannels.Email));
        _sms = await World.EnrollAsync(_client, World.P256(otp: true, otpChannel: OtpChannels.Sms));
    }

    [OneTimeTearDown]
    public void CleanUp() => _client.Dispose();

    [Test]
    public async Task Send_CodeOfACredential_IsSentAndTaken([Values(0, 1, 2)] int version)
    {
        CscClient client = _client.As(version);
        int before = World.Authorization.SentCodes.Count;

        CscResult sent = await SendAsync(client, _email.Id);
        CscResult authorized = await client.AuthorizeAsync(_email.Id, 1, otp: FakeAuthorization.Otp);

        Assert.That(sent.ToString(), Is.EqualTo("204 {}"));
        Assert.That(
            World.Authorization.SentCodes.Skip(before),
            Is.EqualTo(new[] { new OneTimeCodeRequest(client.Token!, _email.Id, Label: "P-256", Lang: "de") }));
        Assert.That(authorized.Status, Is.EqualTo(200), authorized.ToString());
        Assert.That(World.Authorization.Credentials[_email.Id].OtpChannel, Is.EqualTo(OtpChannels.Email));
    }

    [Test]
    public async Task Info_CodeThatIsSent_IsOnline([Values(0, 1)] int version)
    {
        JsonNode? email = (await InfoAsync(_client.As(version), _email.Id))["OTP"];
        JsonNode? sms = (await InfoAsync(_client.As(version), _sms.Id))["OTP"];

        Assert.That(email?.ToJsonString(), Is.EqualTo(
            """{"presence":"true","type":"online","format":"N","label":"One-time code","description":"The code that is sent to s***@example.com when it is asked for.","ID":"email","provider":"E-mail"}"""));
        Assert.That(sms?["description"]?.ToString(), Does.Contain("***78"));
        Assert.That((sms?["ID"]?.ToString(), sms?["provider"]?.ToString()), Is.EqualTo(("sms", "SMS")));
    }

    [Test]
    public async Task Info_CodeThatIsSent_IsOutOfBandInV2()
    {
        JsonArray objects = (await InfoAsync(_client.As(2), _email.Id))["auth"]!["objects"]!.AsArray();

        Assert.That(objects.Single(o => (string?)o!["id"] == "OTP")!.ToJsonString(), Is.EqualTo(
            """{"type":"PasswordOOB","id":"OTP","format":"N","label":"One-time code","description":"The code that is sent to s***@example.com when it is asked for."}"""));
    }

    [TestCase("""{"credentialID":"CRED"}""", "Missing (or invalid type) string parameter authObjectID")]
    [TestCase("""{"credentialID":"CRED","authObjectID":1}""", "Missing (or invalid type) string parameter authObjectID")]
    [TestCase("""{"credentialID":"CRED","authObjectID":"PIN"}""", "Invalid parameter authObjectID")]
    [TestCase("""{"credentialID":"CRED","authObjectID":"otp"}""", "Invalid parameter authObjectID")]
    [TestCase("""{"credentialID":"CRED","authObjectID":"OTP","clientData":1}""", "Invalid parameter clientData")]
    [TestCase("""{"credentialID":"nobodys","authObjectID":"OTP"}""", "Invalid parameter credentialID")]
    [TestCase("""{"authObjectID":"OTP"}""", "Missing (or invalid type) string parameter credentialID")]
    public async Task GetChallenge_Malformed_SaysWhatIsWrong(string body, string description)
    {
        int before = World.Authorization.SentCodes.Count;

        CscResult answer = await _client.As(2).PostAsync("credentials/getChallenge", body.Replace("CRED", _email.Id, StringComparison.Ordinal));

        Assert.That(answer.Refusal, Is.EqualTo((400, "invalid_request", description)));
        Assert.That(World.Authorization.SentCodes, Has.Count.EqualTo(before));
    }

    [TestCase(1, "Malformed authroization header.")]
    [TestCase(2, "Malformed authorization header")]
    public async Task Send_WithoutToken_IsAMalformedHeader(int version, string description)
    {
        string method = version == 2 ? "getChallenge" : "sendOTP";

        CscResult answer = await _client.SendAsync($"/csc/v{version}/credentials/{method}", Body(_email.Id).ToJsonString(), null);

        Assert.That(answer.Refusal, Is.EqualTo((400, "invalid_request", description)));
    }

    [Test]
    public async Task Send_CredentialWithoutSentCodesOrOfAnother_IsRefusedAlike()
    {
        CredentialCreated app = await World.EnrollAsync(_client, World.P256(otp: true));
        using CscClient other = await World.NewSignerAsync();

        CscResult[] answers =
        [
            await SendAsync(_client, app.Id), await SendAsync(other, _email.Id), await SendAsync(_client.As(2), app.Id), await SendAsync(other.As(2), _email.Id),
        ];

        Assert.That(answers.Select(a => a.Description), Is.EqualTo(new[]
        {
            "Invalid parameter credentialID", "Invalid parameter credentialID", "Invalid parameter authObjectID", "Invalid parameter credentialID",
        }));
    }

    [Test]
    public async Task Send_DisabledCredential_GetsNoCode()
    {
        CredentialCreated disabled = await World.EnrollAsync(_client, World.P256(otp: true, otpChannel: OtpChannels.Email));
        await World.SetStatusAsync(_client, disabled, enabled: false);

        CscResult answer = await SendAsync(_client, disabled.Id);

        Assert.That(answer.Description, Is.EqualTo("The credential identified by credentialID is disabled"));
    }

    [TestCase(1, Problem.PinLocked, ProblemCodes.OtpLocked, 400, "invalid_request", "OTP locked", null)]
    [TestCase(2, Problem.PinLocked, ProblemCodes.OtpLocked, 400, "invalid_request", "Credential locked", null)]
    [TestCase(1, Problem.LimitReached, ProblemCodes.OtpTooSoon, 429, "invalid_request", "Too many one-time codes were asked for.", 17)]
    [TestCase(2, Problem.LimitReached, ProblemCodes.OtpTooOften, 429, "invalid_request", "Too many one-time codes were asked for.", 17)]
    [TestCase(1, Problem.Unavailable, ProblemCodes.OtpNotSent, 503, "temporarily_unavailable", Unavailable, null)]
    [TestCase(2, Problem.Unavailable, ProblemCodes.OtpNotSent, 503, "temporarily_unavailable", Unavailable, null)]
    public async Task Send_RefusedByAuthorization_IsPutInWordsOfCsc(
        int version, Problem problem, string code, int status, string error, string description, int? retryAfter)
    {
        World.Authorization.RefuseNext = ("one_time_codes", problem, code);

        CscResult answer = await SendAsync(_client.As(version), _email.Id);

        Assert.That(answer.Refusal, Is.EqualTo((status, error, description)));
        Assert.That(answer.RetryAfter?.TotalSeconds, Is.EqualTo(retryAfter));
    }

    [TestCase(true, "telex")]
    [TestCase(false, OtpChannels.Email)]
    [TestCase(true, "")]
    public async Task Enroll_ChannelThatMakesNoSense_IsRefused(bool otp, string channel)
    {
        using HttpResponseMessage answer = await World.TryEnrollAsync(_client, World.P256(otp: otp, otpChannel: channel));

        Assert.That((int)answer.StatusCode, Is.EqualTo(400));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("One-time codes are sent by email or sms"));
    }

    private static JsonObject Body(string credential) => new() { ["credentialID"] = credential, ["authObjectID"] = "OTP", ["lang"] = "de" };

    private static Task<CscResult> SendAsync(CscClient client, string credential) =>
        client.PostAsync(client.Version == 2 ? "credentials/getChallenge" : "credentials/sendOTP", Body(credential));

    private static async Task<JsonObject> InfoAsync(CscClient client, string credential) =>
        (await client.PostAsync("credentials/info", new JsonObject { ["credentialID"] = credential, ["authInfo"] = true })).Body;
}
