using System.Text.Json.Nodes;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Server.Tests.Fakes;

namespace RemoteSigning.Server.Tests;

/// <summary>CSC <c>signatures/timestamp</c>, which is the same in all versions; the tokens are the PKI's, here a fake's.</summary>
public sealed class CscTimestampTests
{
    private const string Sha256 = Oids.Sha256;
    private const string Hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    private const string Malformed =
        "The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than once, or is otherwise malformed.";

    private CscClient _client = null!; // Set before the first test.

    private static World World => AssemblySetup.World;

    private static IEnumerable<ImprintAlgorithm> Algorithms => ImprintAlgorithm.All;

    private static IEnumerable<TestCaseData> Rows()
    {
        const string Missing = "Missing (or invalid type) string parameter hash";
        (string Body, string Text)[] rows =
        [
            ("{", Malformed),
            ("{}", Missing),
            ($$"""{"hash":null,"hashAlgo":"{{Sha256}}"}""", Missing),
            ($$"""{"hash":["{{Hash}}"],"hashAlgo":"{{Sha256}}"}""", Missing),
            ($$"""{"hash":"","hashAlgo":"{{Sha256}}"}""", "Empty hash parameter"),
            ($$"""{"hash":"!","hashAlgo":"{{Sha256}}"}""", "Invalid Base64 hash string parameter"),
            ($$"""{"hash":"AAAAA","hashAlgo":"{{Sha256}}"}""", "Invalid Base64 hash string parameter"),
            ($$"""{"hash":"AAAA","hashAlgo":"{{Sha256}}"}""", "Invalid digest value length"),
            ($$"""{"hash":"{{Hash}}","hashAlgo":"{{Oids.Sha512}}"}""", "Invalid digest value length"),
            ($$"""{"hash":"{{Hash}}"}""", "Invalid parameter hashAlgo"),
            ($$"""{"hash":"{{Hash}}","hashAlgo":1}""", "Invalid parameter hashAlgo"),
            ($$"""{"hash":"{{Hash}}","hashAlgo":""}""", "Invalid parameter hashAlgo"),
            ($$"""{"hash":"{{Hash}}","hashAlgo":"SHA-256"}""", "Invalid parameter hashAlgo"),
            ($$"""{"hash":"{{Hash}}","hashAlgo":"1.2.840.113549.2.5"}""", "Invalid parameter hashAlgo"),
            (With(""" "nonce":1 """), "Invalid parameter nonce"),
            (With(""" "nonce":"" """), "Invalid parameter nonce"),
            (With(""" "nonce":"12g4" """), "Invalid parameter nonce"),
            (With(""" "nonce":"-1" """), "Invalid parameter nonce"),
            (With(""" "nonce":"0x12" """), "Invalid parameter nonce"),
            (With($""" "nonce":"{new string('1', 255)}" """), "Invalid parameter nonce"),
            (With(""" "clientData":1 """), "Invalid parameter clientData"),
        ];
        return rows.SelectMany(r => new[] { 0, 1, 2 }.Select(version => new TestCaseData(version, r.Body, r.Text)));
    }

    [OneTimeSetUp]
    public async Task PrepareAsync() => _client = await World.NewSignerAsync();

    [OneTimeTearDown]
    public void CleanUp() => _client.Dispose();

    [TearDown]
    public void Reset() => World.Pki.Stamp = r => FakeTimestamps.Grant(r);

    [Test]
    public async Task Timestamp_EachVersionAndAlgorithm_IsOfThisHash(
        [Values(0, 1, 2)] int version, [ValueSource(nameof(Algorithms))] ImprintAlgorithm algorithm)
    {
        byte[] hash = System.Security.Cryptography.RandomNumberGenerator.GetBytes(algorithm.Length);

        CscResult answer = await _client.As(version).PostAsync(
            "signatures/timestamp",
            new JsonObject { ["hash"] = Convert.ToBase64String(hash), ["hashAlgo"] = algorithm.Oid, ["clientData"] = "any" });

        Assert.That(answer.Status, Is.EqualTo(200), answer.ToString());
        Assert.That(answer.Body.Select(m => m.Key), Is.EqualTo(new[] { "timestamp" }));
        (byte[] imprint, byte[] nonce) = FakeTimestamps.Read(Convert.FromBase64String((string)answer.Body["timestamp"]!));
        Assert.That(imprint.AsSpan()[^algorithm.Length..].ToArray(), Is.EqualTo(hash));
        Assert.That(nonce, Is.Empty);
    }

    [TestCase("0", "00")]
    [TestCase("0000", "00")]
    [TestCase("f", "0F")]
    [TestCase("80", "0080")]
    [TestCase("123456789012345678", "123456789012345678")]
    [TestCase("00AbCdEf", "00ABCDEF")]
    public async Task Timestamp_Nonce_IsTheSameNumber(string nonce, string content)
    {
        CscResult answer = await _client.PostAsync("signatures/timestamp", With($""" "nonce":"{nonce}" """));

        Assert.That(answer.Status, Is.EqualTo(200), answer.ToString());
        byte[] token = Convert.FromBase64String((string)answer.Body["timestamp"]!);
        Assert.That(Convert.ToHexString(FakeTimestamps.Read(token).Nonce), Is.EqualTo(content));
    }

    [Test]
    public async Task Timestamp_LongestNonce_IsTaken()
    {
        CscResult answer = await _client.PostAsync("signatures/timestamp", With($""" "nonce":"{new string('f', 254)}" """));

        Assert.That(answer.Status, Is.EqualTo(200), answer.ToString());
    }

    [TestCaseSource(nameof(Rows))]
    public async Task Timestamp_RowOfTheErrorTable_IsAnsweredToTheLetter(int version, string body, string text)
    {
        CscResult answer = await _client.As(version).PostAsync("signatures/timestamp", body);

        Assert.That(answer.Refusal, Is.EqualTo((400, "invalid_request", text)));
    }

    [TestCase(0, Malformed)]
    [TestCase(1, Malformed)]
    [TestCase(2, "Malformed authorization header")]
    public async Task Timestamp_WithoutToken_IsRefused(int version, string text)
    {
        CscResult answer = await _client.SendAsync($"/csc/v{version}/signatures/timestamp", With(""" "clientData":"" """), null);

        Assert.That(answer.Refusal, Is.EqualTo((400, "invalid_request", text)));
    }

    [Test]
    public async Task Timestamp_WrongToken_IsInvalidToken()
    {
        CscResult answer = await _client.SendAsync("/csc/v1/signatures/timestamp", With(""" "clientData":"" """), "Bearer wrong");

        Assert.That((answer.Status, (string?)answer.Body["error"]), Is.EqualTo((401, "invalid_token")));
    }

    [TestCase(0, 400, "invalid_request", Description = "badAlg: SHA-1 where it is not allowed")]
    [TestCase(5, 500, "server_error", Description = "badDataFormat: our request is not in order")]
    [TestCase(14, 503, "temporarily_unavailable", Description = "timeNotAvailable")]
    [TestCase(25, 503, "temporarily_unavailable", Description = "systemFailure")]
    [TestCase(null, 500, "server_error")]
    public async Task Timestamp_AuthorityRefuses_IsToldInWordsOfCsc(int? failure, int status, string error)
    {
        World.Pki.Stamp = _ => FakeTimestamps.Refuse(failure);

        CscResult answer = await _client.PostAsync("signatures/timestamp", With(""" "nonce":"1" """));

        Assert.That((answer.Status, (string?)answer.Body["error"]), Is.EqualTo((status, error)));
        Assert.That((string?)answer.Body["error_description"], status == 400 ? Is.EqualTo("Invalid parameter hashAlgo") : Does.Not.Contain("Refused."));
    }

    [TestCase(0x30, TestName = "Timestamp_OfAnotherHash_IsNotBelieved")]
    [TestCase(0x02, TestName = "Timestamp_WithAnotherNonce_IsNotBelieved")]
    public async Task Timestamp_OfSomethingElse_IsNotBelieved(int tag)
    {
        World.Pki.Stamp = r => FakeTimestamps.Grant(r, value =>
        {
            value[^1] ^= (byte)(value[0] == tag ? 1 : 0);
            return value;
        });

        CscResult answer = await _client.PostAsync("signatures/timestamp", With(""" "nonce":"1234" """));

        Assert.That((answer.Status, (string?)answer.Body["error"]), Is.EqualTo((500, "server_error")));
    }

    [Test]
    public async Task Timestamp_AnswerCutShortAnywhere_IsNotBelieved()
    {
        byte[]? whole = null;
        int length = 0;
        World.Pki.Stamp = r => (whole = FakeTimestamps.Grant(r))[..length];
        do
        {
            CscResult answer = await _client.PostAsync("signatures/timestamp", With(""" "nonce":"1234" """));
            Assert.That((answer.Status, (string?)answer.Body["error"]), Is.EqualTo((503, "temporarily_unavailable")));
        }
        while (++length < whole!.Length);
    }

    private static string With(string members) => $$"""{"hash":"{{Hash}}","hashAlgo":"{{Sha256}}",{{members}}}""";
}
