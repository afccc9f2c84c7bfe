using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Enrollment;

namespace RemoteSigning.Server.Tests;

/// <summary>
/// Whole courses of CSC clients that others wrote, request for request as their sources form them: members, their order and
/// types, headers, flavours of JSON; and what each insists on in the answers. Those that can sign here sign twice.
/// </summary>
public sealed class KnownClientTests
{
    private CscClient _signer = null!; // Set before the first test, as are the next two.
    private CredentialCreated _rsa = null!;
    private CredentialCreated _bound = null!;

    private static World World => AssemblySetup.World;

    private static string Password => World.Password;

    private static string Pin => Fakes.FakeAuthorization.Pin;

    [OneTimeSetUp]
    public async Task PrepareAsync()
    {
        _signer = await World.NewSignerAsync();
        _rsa = await World.EnrollAsync(_signer, World.Rsa());
        _bound = await World.EnrollAsync(_signer, World.P256(scal: "2"));
    }

    [OneTimeTearDown]
    public void CleanUp() => _signer.Dispose();

    /// <summary>pyHanko, csc_signer.py: a SAD for each batch, always hashAlgo, for PSS parameters as asn1crypto writes them.</summary>
    [TestCase(false, Description = "pyHanko: RSASSA-PKCS1-v1_5")]
    [TestCase(true, Description = "pyHanko: prefer_pss, with the longest salt, and algorithm identifiers without NULL")]
    public async Task PyHanko_TwoBatches_AreSigned(bool pss)
    {
        JsonObject info = await CallAsync(1, "credentials/info", $$"""{"credentialID": "{{_rsa.Id}}", "certificates": "chain", "certInfo": false}""");
        Assert.Multiple(() =>
        {
            Assert.That(info["cert"]!["certificates"]!.AsArray(), Has.Count.EqualTo(3));
            Assert.That(info["key"]!["algo"], Is.InstanceOf<JsonArray>());
            Assert.That((int)info["multisign"]!, Is.Positive);
            Assert.That((string?)info["SCAL"], Is.EqualTo("1"));
        });
        for (int n = 0; n < 2; n++)
        {
            string hashes = $"[\"{Hash()}\", \"{Hash()}\"]";
            JsonObject authorized = await CallAsync(
                1, "credentials/authorize", $$"""{"credentialID": "{{_rsa.Id}}", "hash": {{hashes}}, "numSignatures": 2, "PIN": "{{Pin}}"}""");
            Assert.That((int)authorized["expiresIn"]!, Is.Positive);
            string parameters = pss ? $", \"signAlgoParams\": \"{Convert.ToBase64String(PssParameters(salt: 222))}\"" : "";
            JsonObject signed = await CallAsync(
                1,
                "signatures/signHash",
                $$"""{"credentialID": "{{_rsa.Id}}", "SAD": "{{authorized["SAD"]}}", "hashAlgo": "{{Oids.Sha256}}", "signAlgo": "{{(pss ? Oids.RsaPss : Oids.Sha256WithRsa)}}", "hash": {{hashes}}{{parameters}}}""");
            Assert.That(signed["signatures"]!.AsArray(), Has.Count.EqualTo(2));
        }
    }

    /// <summary>SetaPDF-Signer-Addon-CSC, Module.php: PHP escapes the slashes of base64; no hashAlgo.</summary>
    [Test]
    public async Task SetaPdf_TwoSignatures_AreMade()
    {
        await CallAsync(1, "info", "{}");
        JsonObject list = await CallAsync(1, "credentials/list", "{}");
        Assert.That(list["credentialIDs"]!.AsArray(), Has.Count.EqualTo(2));
        JsonObject info = await CallAsync(
            1, "credentials/info", $$"""{"credentialID":"{{_bound.Id}}","certificates":"chain","authInfo":true,"certInfo":true}""");
        Assert.That((string?)info["key"]!["algo"]![0], Is.EqualTo(Oids.EcdsaWithSha256));
        for (int n = 0; n < 2; n++)
        {
            string hash = Hash(0xff).Replace("/", "\\/", StringComparison.Ordinal);
            JsonObject authorized = await CallAsync(
                1, "credentials/authorize", $$"""{"credentialID":"{{_bound.Id}}","numSignatures":1,"hash":["{{hash}}"],"PIN":"{{Pin}}"}""");
            await CallAsync(
                1,
                "signatures/signHash",
                $$"""{"credentialID":"{{_bound.Id}}","SAD":"{{authorized["SAD"]}}","hash":["{{hash}}"],"signAlgo":"{{Oids.EcdsaWithSha256}}"}""");
        }
    }

    /// <summary>
    /// Methics' laverca-csc-client: Basic at login, a refresh without any Authorization, information without wishes, and a way to
    /// authorize that takes no PIN: it works up to there, and is told what is missing.
    /// </summary>
    [Test]
    public async Task Laverca_WithoutPin_WorksUpToAuthorize()
    {
        const string Type = "application/json; charset=utf-8";
        CscResult login = await _signer.SendAsync(
            "/csc/v1/auth/login", """{"rememberMe":true}""", CscClient.Basic($"{_signer.Email}:{Password}"), Type);
        Assert.That(login.Status, Is.EqualTo(200), login.ToString());
        CscResult refreshed = await _signer.SendAsync(
            "/csc/v1/auth/login", $$"""{"refresh_token":"{{login.Body["refresh_token"]}}","rememberMe":true}""", null, Type);
        string bearer = $"Bearer {refreshed.Body["access_token"]}";

        CscResult list = await _signer.SendAsync("/csc/v1/credentials/list", """{"maxResults":20}""", bearer, Type);
        CscResult info = await _signer.SendAsync("/csc/v1/credentials/info", $$"""{"credentialID":"{{_rsa.Id}}"}""", bearer, Type);
        CscResult authorized = await _signer.SendAsync(
            "/csc/v1/credentials/authorize", $$"""{"credentialID":"{{_rsa.Id}}","numSignatures":1}""", bearer, Type);
        CscResult revoked = await _signer.SendAsync(
            "/csc/v1/auth/revoke", $$"""{"token":"{{refreshed.Body["access_token"]}}","token_type_hint":"access_token"}""", bearer, Type);

        Assert.Multiple(() =>
        {
            Assert.That((list.Status, info.Status, revoked.Status), Is.EqualTo((200, 200, 204)));
            Assert.That(info.Body["cert"]!["certificates"]!.AsArray(), Has.Count.EqualTo(1), "single is the default");
            Assert.That(authorized.Description, Is.EqualTo("Missing (or invalid type) string parameter PIN"));
        });
    }

    /// <summary>
    /// The EUDI wallet's libraries for Kotlin and Swift (v2; sign-in and SAD by OAuth are not among these): every member is sent, null where unset.
    /// Both fail without these members of the answers, Kotlin also at a name that Java cannot read and at another form of times.
    /// </summary>
    [Test]
    public async Task Eudi_ListAndInfo_HaveWhatTheyInsistOn()
    {
        JsonObject list = await CallAsync(
            2,
            "credentials/list",
            """{"credentialInfo": true, "certificates": "chain", "certInfo": true, "authInfo": true, "onlyValid": true, "lang": null, "clientData": null}""");
        JsonObject info = await CallAsync(
            2,
            "credentials/info",
            $$"""{"credentialID": "{{_rsa.Id}}", "certificates": "single", "certInfo": true, "authInfo": true, "lang": null, "clientData": null}""");
        JsonObject service = await CallAsync(2, "info", """{"lang": null}""");
        string[] missing =
        [
            .. new JsonNode[] { info }.Concat(list["credentialInfos"]!.AsArray().Select(i => i!)).SelectMany(i => Missing(
                i, "key.status", "key.algo", "key.len", "cert.status", "cert.certificates", "cert.issuerDN", "cert.serialNumber", "cert.subjectDN",
                "cert.validFrom", "cert.validTo", "auth.mode", "auth.objects", "multisign")),
            .. Missing(service, "authType", "methods", "signAlgorithms.algos", "signature_formats.formats"),
        ];
        Assert.Multiple(() =>
        {
            Assert.That(missing, Is.Empty);
            Assert.That((string?)info["cert"]!["subjectDN"], Does.Match("^CN=[^,]+,givenName=[^,]+,surname=[^,]+$"));
            Assert.That((string?)info["cert"]!["validTo"], Does.Match("^[0-9]{14}Z$"));
            Assert.That(info["auth"]!["objects"]!.AsArray().Select(o => (string?)o!["type"]), Is.All.AnyOf("Password", "PasswordOOB"));
        });
    }

    private static IEnumerable<string> Missing(JsonNode answer, params string[] members) => members.Where(
        member => member.Split('.').Aggregate((JsonNode?)answer, (node, name) => node?[name]) is null);

    private static string Hash(byte first = 0)
    {
        byte[] hash = RandomNumberGenerator.GetBytes(32);
        hash.AsSpan(0, 3).Fill(first); // Three 0xff are ////.
        return Convert.ToBase64String(hash);
    }

    private static byte[] PssParameters(int salt)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
            {
                WriteSha256(writer);
            }

            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1)))
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("1.2.840.113549.1.1.8");
                WriteSha256(writer);
            }

            using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 2)))
            {
                writer.WriteInteger(salt);
            }
        }

        return writer.Encode();
    }

    private static void WriteSha256(AsnWriter writer)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(Oids.Sha256);
        }
    }

    private async Task<JsonObject> CallAsync(int version, string method, string body)
    {
        CscResult answer = await _signer.As(version).PostAsync(method, body);
        Assert.That((answer.Status, answer.ContentType), Is.EqualTo((200, "application/json")), $"{method} {body}: {answer}");
        return answer.Body.AsObject();
    }
}
