using NUnit.Framework;
using RemoteSigning.Contracts.Enrollment;

namespace RemoteSigning.Server.Tests;

/// <summary>
/// More malformed input than the error tables of CSC have rows for (<see cref="CscErrorRowTests"/> sends those), as v1 answers it: method, body,
/// status, error, text. CRED stands for a credential of the caller, SAD for a live SAD, HASH for a base64 digest of 32 bytes.
/// </summary>
public sealed class CscErrorTableTests
{
    private const string Malformed =
        "The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than once, or is otherwise malformed.";

    private const string Rsa = "1.2.840.113549.1.1.1";
    private const string Sha256 = "2.16.840.1.101.3.4.2.1";
    private const string Ecdsa = "1.2.840.10045.4.3.2";

    private CscClient _client = null!; // Set before the first test, as is the next.
    private CredentialCreated _credential = null!;

    private static IEnumerable<TestCaseData> Rows()
    {
        foreach (string method in (string[])["credentials/list", "credentials/info", "credentials/authorize", "credentials/sendOTP", "signatures/signHash", "auth/revoke"])
        {
            yield return Row(method, "{", Malformed);
            yield return Row(method, "[]", Malformed);
            yield return Row(method, """{"x":1,"x":2}""", Malformed);
            yield return Row(method, """{"x":"a" "y":2}""", Malformed);
        }

        yield return Row("auth/revoke", """{"token":"x","token_type_hint":1}""", "Invalid string parameter token_type_hint");
        yield return Row("auth/revoke", """{"token":"x","clientData":[]}""", "Invalid parameter clientData");

        yield return Row("credentials/list", """{"pageToken":1}""", "Invalid parameter pageToken");
        yield return Row("credentials/list", """{"clientData":1}""", "Invalid parameter clientData");

        foreach (string method in (string[])["credentials/info", "credentials/authorize", "credentials/sendOTP"])
        {
            const string More = ""","numSignatures":1""";
            yield return Row(method, "{}", "Missing (or invalid type) string parameter credentialID");
            yield return Row(method, """{"credentialID":null}""", "Missing (or invalid type) string parameter credentialID");
            yield return Row(method, """{"credentialID":7}""", "Missing (or invalid type) string parameter credentialID");
            yield return Row(method, $$"""{"credentialID":""{{More}}}""", "Invalid parameter credentialID");
            yield return Row(method, $$"""{"credentialID":"nobodys"{{More}}}""", "Invalid parameter credentialID");
            yield return Row(method, $$"""{"credentialID":"00000000000000000000000000000000"{{More}}}""", "Invalid parameter credentialID");
            yield return Row(method, $$"""{"credentialID":"\u0000' or 1=1"{{More}}}""", "Invalid parameter credentialID");
            yield return Row(method, $$"""{"credentialID":"\ud800"{{More}}}""", Malformed);
        }

        yield return Row("credentials/sendOTP", """{"credentialID":"CRED"}""", "Invalid parameter credentialID");
        yield return Row("credentials/sendOTP", """{"credentialID":"CRED","clientData":1}""", "Invalid parameter clientData");
        yield return Row("credentials/sendOTP", """{"credentialID":"CRED","lang":1}""", "Invalid parameter lang");
        yield return Row("credentials/info", """{"credentialID":"CRED","certificates":true}""", "Invalid parameter certificates");
        yield return Row("credentials/info", """{"credentialID":"CRED","certInfo":"true"}""", "Invalid parameter certInfo");
        yield return Row("credentials/info", """{"credentialID":"CRED","authInfo":1}""", "Invalid parameter authInfo");

        const string Count = "Missing (or invalid type) integer parameter numSignatures";
        yield return Row("credentials/authorize", """{"credentialID":"CRED","numSignatures":1.5}""", Count);
        yield return Row("credentials/authorize", """{"credentialID":"CRED","numSignatures":1e3}""", Count);
        yield return Row("credentials/authorize", """{"credentialID":"CRED","numSignatures":-99999999999}""", "Invalid value for parameter numSignatures");
        yield return Row("credentials/authorize", """{"credentialID":"CRED","numSignatures":1001}""", "Numbers of signatures is too high");
        yield return Row("credentials/authorize", """{"credentialID":"CRED","numSignatures":99999999999}""", "Numbers of signatures is too high");
        yield return Row("credentials/authorize", Authorize(""" "hash":"HASH" """), "Missing (or invalid type) array parameter hash");
        yield return Row("credentials/authorize", Authorize(""" "hash":[] """), "Empty hash array");
        yield return Row("credentials/authorize", Authorize(""" "hash":["!"] """), "Invalid Base64 hash string parameter");
        yield return Row("credentials/authorize", Authorize(""" "hash":[1] """), "Invalid Base64 hash string parameter");
        yield return Row("credentials/authorize", Authorize(""" "hash":["AAAA"] """), "Invalid digest value length");
        yield return Row("credentials/authorize", Authorize(""" "hash":["HASH","HASH"] """), "Invalid value for parameter numSignatures");
        yield return Row("credentials/authorize", Authorize(""" "PIN":"12345678","OTP":1 """), "Invalid parameter OTP");
        yield return Row("credentials/authorize", Authorize(""" "clientData":1 """), "Invalid parameter clientData");
        yield return Row("credentials/authorize", Authorize(""" "description":1 """), "Invalid parameter description");
        yield return Row("credentials/authorize", Authorize($""" "description":"{new string('x', 501)}" """), "Invalid parameter description");
        yield return Row("credentials/authorize", Authorize(""" "clientData":"x" """), "Missing (or invalid type) string parameter PIN");

        foreach (TestCaseData row in SignHashRows())
        {
            yield return row;
        }
    }

    private static IEnumerable<TestCaseData> SignHashRows()
    {
        const string Method = "signatures/signHash";
        const string Sad = "Missing (or invalid type) string parameter SAD";
        yield return Row(Method, """{"credentialID":"CRED","hash":["HASH"],"signAlgo":"x"}""", Sad);
        yield return Row(Method, """{"SAD":1,"credentialID":"CRED","hash":["HASH"],"signAlgo":"x"}""", Sad);
        yield return Row(Method, """{"SAD":"SAD"}""", "Missing (or invalid type) string parameter credentialID");
        yield return Row(Method, """{"SAD":"SAD","credentialID":1}""", "Missing (or invalid type) string parameter credentialID");
        foreach (string wrong in (string[])["", "=", "A", "AAAAA", "AA=", "A A A", "AAA\\n", "ÄÄÄÄ", "AA===="])
        {
            yield return Row(Method, Sign(hash: $"[\"{wrong}\"]"), "Invalid Base64 hash string parameter");
        }

        yield return Row(Method, Sign(hash: "[null]"), "Invalid Base64 hash string parameter");
        yield return Row(Method, Sign(hash: "[\"HASH\",\"AAAA\"]"), "Invalid digest value length");
        yield return Row(Method, Sign(more: ""","clientData":{}"""), "Invalid parameter clientData");
        foreach (string wrong in (string[])["", "x", Sha256, "1.2.840.113549.1.1.5", "1.2.840.10045.4.3.1"])
        {
            // SHA-1 is refused by policy.
            yield return Row(Method, Sign(algo: wrong), "Invalid parameter signAlgo");
        }

        yield return Row(Method, Sign(algo: Rsa, more: ""","hashAlgo":1"""), "Missing (or invalid type) string parameter hashAlgo");
        yield return Row(Method, Sign(algo: Rsa, more: ""","hashAlgo":"1.3.14.3.2.26" """), "Invalid parameter hashAlgo");
        yield return Row(Method, Sign(more: ""","hashAlgo":"2.16.840.1.101.3.4.2.3" """), "Invalid parameter hashAlgo");
        const string Pss = "1.2.840.113549.1.1.10";
        yield return Row(Method, Sign(algo: Pss, more: ""","signAlgoParams":1"""), "Missing (or invalid type) string parameter signAlgoParams");
        yield return Row(Method, Sign(algo: Pss, more: ""","signAlgoParams":"!" """), "Invalid parameter signAlgoParams");
        yield return Row(Method, Sign(algo: Pss, more: ""","signAlgoParams":"MAA=" """), "Invalid parameter signAlgoParams");
        yield return Row(Method, Sign(algo: Pss, more: ""","signAlgoParams":"AAAA" """), "Invalid parameter signAlgoParams");
        yield return Row(Method, Sign(more: ""","signAlgoParams":"AAAA" """), "Invalid parameter signAlgoParams");
    }

    [OneTimeSetUp]
    public async Task PrepareAsync()
    {
        _client = await AssemblySetup.World.NewSignerAsync();
        _credential = await AssemblySetup.World.EnrollAsync(_client, World.P256());
    }

    [OneTimeTearDown]
    public void CleanUp() => _client.Dispose();

    [TestCaseSource(nameof(Rows))]
    public async Task Method_MalformedInput_IsAnsweredToTheLetter(string method, string body, int status, string error, string description)
    {
        if (body.Contains("\"SAD\":\"SAD\"", StringComparison.Ordinal))
        {
            body = body.Replace("\"SAD\":\"SAD\"", $"\"SAD\":\"{(await _client.AuthorizeAsync(_credential.Id, 1)).Sad}\"", StringComparison.Ordinal);
        }

        CscResult answer = await _client.PostAsync(
            method,
            body.Replace("CRED", _credential.Id, StringComparison.Ordinal)
                .Replace("HASH", Convert.ToBase64String(new byte[32]), StringComparison.Ordinal));

        Assert.Multiple(() =>
        {
            Assert.That(answer.Refusal, Is.EqualTo((status, error, description)), $"{method} {body}");
            Assert.That(answer.ContentType, Is.EqualTo("application/json"));
            Assert.That(answer.RequestId, Has.Length.EqualTo(32));
        });
    }

    private static string Authorize(string members) => $$"""{"credentialID":"CRED","numSignatures":1,{{members}}}""";

    private static string Sign(
        string sad = "SAD", string credential = "CRED", string hash = "[\"HASH\"]", string algo = Ecdsa, string more = "") =>
        $$"""{"SAD":"{{sad}}","credentialID":"{{credential}}","hash":{{hash}},"signAlgo":"{{algo}}"{{more}}}""";

    private static TestCaseData Row(string method, string body, string description, int status = 400, string error = "invalid_request") =>
        new(method, body, status, error, description);
}
