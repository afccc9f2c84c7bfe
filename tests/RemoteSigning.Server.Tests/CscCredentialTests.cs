using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Tests.Fakes;

namespace RemoteSigning.Server.Tests;

/// <summary>credentials/list, info and authorize.</summary>
public sealed class CscCredentialTests
{
    private static World World => AssemblySetup.World;

    [Test]
    public async Task List_InPages_IsWholeAndWithoutDoubles()
    {
        using CscClient client = await World.NewSignerAsync();
        var made = new List<string>();
        for (int i = 0; i < 5; i++)
        {
            made.Add((await World.EnrollAsync(client, World.P256())).Id);
        }

        var pages = new List<int>();
        var listed = new List<string>();
        var body = new JsonObject { ["maxResults"] = 2 };
        do
        {
            CscResult page = await client.PostAsync("credentials/list", body);
            string[] ids = [.. page.Body["credentialIDs"]!.AsArray().Select(i => (string)i!)];
            pages.Add(ids.Length);
            listed.AddRange(ids);
            body["pageToken"] = (string?)page.Body["nextPageToken"];
        }
        while (body["pageToken"] is not null);

        Assert.That(pages, Is.EqualTo(new[] { 2, 2, 1 }));
        Assert.That(listed, Is.EqualTo(made.Order(StringComparer.Ordinal)));
    }

    [TestCase("""{"maxResults":100000}""")]
    [TestCase("""{"maxResults":-1}""")]
    [TestCase("""{"maxResults":"x"}""")]
    [TestCase("")]
    public async Task List_InvalidMaximum_IsTheServersOwn(string body)
    {
        using CscClient client = await World.NewSignerAsync();
        CredentialCreated made = await World.EnrollAsync(client, World.P256());

        CscResult page = await client.PostAsync("credentials/list", body);

        Assert.That(page.Body.ToJsonString(), Is.EqualTo($$"""{"credentialIDs":["{{made.Id}}"]}"""));
    }

    [Test]
    public async Task Info_Everything_IsAsTheSpecificationSays()
    {
        using CscClient client = await World.NewSignerAsync("Zoë", "Müller-Lüdenscheidt");
        CredentialCreated made = await World.EnrollAsync(client, World.P256(otp: true));
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(made.Certificate);

        CscResult info = await client.PostAsync("credentials/info", new JsonObject
        {
            ["credentialID"] = made.Id,
            ["certificates"] = "chain",
            ["certInfo"] = true,
            ["authInfo"] = true,
            ["lang"] = "de",
        });

        JsonObject cert = info.Body["cert"]!.AsObject();
        Assert.Multiple(() =>
        {
            Assert.That(info.Body["description"]!.ToString(), Is.EqualTo("P-256"));
            Assert.That(
                info.Body["key"]!.ToJsonString(),
                Is.EqualTo("""{"status":"enabled","algo":["1.2.840.10045.4.3.2","1.2.840.10045.4.3.3","1.2.840.10045.4.3.4"],"len":256,"curve":"1.2.840.10045.3.1.7"}"""));
            Assert.That((string?)cert["status"], Is.EqualTo("valid"));
            Assert.That(
                cert["certificates"]!.AsArray().Select(c => Convert.FromBase64String((string)c!)),
                Is.EqualTo(new[] { made.Certificate, World.Pki.Issuing.RawData, World.Pki.Root.RawData }));
            Assert.That((string?)cert["subjectDN"], Is.EqualTo("CN=Zoë Müller-Lüdenscheidt,givenName=Zoë,surname=Müller-Lüdenscheidt"));
            Assert.That((string?)cert["issuerDN"], Is.EqualTo("CN=Fake Issuing CA,O=Example"));
            Assert.That((string?)cert["serialNumber"], Is.EqualTo(certificate.SerialNumber));
            Assert.That((string?)cert["validFrom"], Is.EqualTo($"{certificate.NotBefore.ToUniversalTime():yyyyMMddHHmmss}Z"));
            Assert.That((string?)cert["validTo"], Is.EqualTo($"{certificate.NotAfter.ToUniversalTime():yyyyMMddHHmmss}Z"));
            Assert.That((string?)info.Body["authMode"], Is.EqualTo("explicit"));
            Assert.That((string?)info.Body["SCAL"], Is.EqualTo("1"));
            Assert.That((string?)info.Body["PIN"]!["presence"], Is.EqualTo("true"));
            Assert.That((string?)info.Body["OTP"]!["presence"], Is.EqualTo("true"));
            Assert.That((string?)info.Body["OTP"]!["type"], Is.EqualTo("offline"));
            Assert.That((string?)info.Body["OTP"]!["format"], Is.EqualTo("N"));
            Assert.That((string?)info.Body["OTP"]!["ID"], Is.EqualTo("totp"));
            Assert.That((int?)info.Body["multisign"], Is.EqualTo(1000));
            Assert.That((string?)info.Body["lang"], Is.EqualTo("en-US"));
        });
    }

    [TestCase("none", 0)]
    [TestCase("single", 1)]
    [TestCase(null, 1)]
    public async Task Info_LessAskedFor_IsLess(string? certificates, int count)
    {
        using CscClient client = await World.NewSignerAsync();
        CredentialCreated made = await World.EnrollAsync(client, World.Rsa());

        CscResult info = await client.PostAsync("credentials/info", new JsonObject { ["credentialID"] = made.Id, ["certificates"] = certificates });

        JsonObject cert = info.Body["cert"]!.AsObject();
        Assert.Multiple(() =>
        {
            Assert.That(cert["certificates"]?.AsArray().Count ?? 0, Is.EqualTo(count));
            Assert.That(cert.Select(c => c.Key), Is.EqualTo(count == 0 ? new[] { "status" } : ["status", "certificates"]));
            Assert.That(info.Body.Select(m => m.Key), Is.EqualTo(new[] { "description", "key", "cert", "authMode", "SCAL", "multisign", "lang" }));
            Assert.That(
                info.Body["key"]!.ToJsonString(),
                Is.EqualTo("""{"status":"enabled","algo":["1.2.840.113549.1.1.11","1.2.840.113549.1.1.12","1.2.840.113549.1.1.13","1.2.840.113549.1.1.1","1.2.840.113549.1.1.10"],"len":2048}"""));
        });
    }

    [Test]
    public async Task Authorize_OauthCredential_MayNotBeUsed()
    {
        using CscClient client = await World.NewSignerAsync();
        CredentialCreated made = await World.EnrollAsync(client, World.P256(authMode: "oauth2code", pin: false));

        CscResult answer = await client.AuthorizeAsync(made.Id, 1);
        CscResult info = await client.PostAsync("credentials/info", new JsonObject { ["credentialID"] = made.Id, ["authInfo"] = true });

        Assert.That(answer.Refusal, Is.EqualTo((400, "unauthorized_client", "The client is not authorized to use this method.")));
        Assert.That((string?)info.Body["authMode"], Is.EqualTo("oauth2code"));
        Assert.That(info.Body.ContainsKey("PIN"), Is.False);
    }

    [Test]
    public async Task Authorize_HashBoundCredential_DemandsAsManyHashesAsSignatures()
    {
        using CscClient client = await World.NewSignerAsync();
        CredentialCreated made = await World.EnrollAsync(client, World.P256(scal: "2"));

        CscResult none = await client.AuthorizeAsync(made.Id, 1);
        CscResult fewer = await client.AuthorizeAsync(made.Id, 2, [World.Digest()]);
        CscResult equal = await client.AuthorizeAsync(made.Id, 2, [World.Digest(), World.Digest()]);

        Assert.Multiple(() =>
        {
            Assert.That(none.Description, Is.EqualTo("Missing (or invalid type) array parameter hash"));
            Assert.That(fewer.Description, Is.EqualTo("Invalid value for parameter numSignatures"));
            Assert.That(equal.Status, Is.EqualTo(200), equal.ToString());
            Assert.That((int?)equal.Body["expiresIn"], Is.EqualTo(300));
        });
    }

    [Test]
    public async Task Authorize_OneTimeCode_IsDemanded()
    {
        using CscClient client = await World.NewSignerAsync();
        CredentialCreated made = await World.EnrollAsync(client, World.P256(otp: true));

        CscResult missing = await client.AuthorizeAsync(made.Id, 1);
        CscResult wrong = await client.AuthorizeAsync(made.Id, 1, otp: "000000");
        CscResult right = await client.AuthorizeAsync(made.Id, 1, otp: FakeAuthorization.Otp);

        Assert.Multiple(() =>
        {
            Assert.That(missing.Refusal, Is.EqualTo((400, "invalid_request", "Missing (or invalid type) string parameter OTP")));
            Assert.That(wrong.Refusal, Is.EqualTo((400, "invalid_otp", "The OTP is invalid")));
            Assert.That(right.Status, Is.EqualTo(200));
        });
    }

    [Test]
    public async Task Authorize_MoreThanTheCredentialTakes_IsTooHigh()
    {
        using CscClient client = await World.NewSignerAsync();
        CredentialCreated made = await World.EnrollAsync(client, World.P256(multisign: 2));

        CscResult answer = await client.AuthorizeAsync(made.Id, 3);

        Assert.That(answer.Refusal, Is.EqualTo((400, "invalid_request", "Numbers of signatures is too high")));
    }

    [Test]
    public async Task EveryMethod_CredentialOfAnotherSigner_IsLikeNone()
    {
        using CscClient owner = await World.NewSignerAsync();
        CredentialCreated made = await World.EnrollAsync(owner, World.P256());
        using CscClient other = await World.NewSignerAsync();
        string sad = (await owner.AuthorizeAsync(made.Id, 1)).Sad;
        string nobodys = new('0', 32);

        CscResult list = await other.PostAsync("credentials/list", "{}");
        (CscResult Foreign, CscResult Nobodys)[] answers =
        [
            (await InfoAsync(made.Id), await InfoAsync(nobodys)),
            (await other.AuthorizeAsync(made.Id, 1), await other.AuthorizeAsync(nobodys, 1)),
            (await SignAsync(made.Id), await SignAsync(nobodys)),
        ];

        Assert.Multiple(() =>
        {
            Assert.That(list.Body.ToJsonString(), Is.EqualTo("""{"credentialIDs":[]}"""));
            foreach ((CscResult foreign, CscResult none) in answers)
            {
                Assert.That(foreign.ToString(), Is.EqualTo(none.ToString()));
                Assert.That(foreign.Refusal, Is.EqualTo((400, "invalid_request", "Invalid parameter credentialID")));
            }
        });

        Task<CscResult> InfoAsync(string id) => other.PostAsync("credentials/info", new JsonObject { ["credentialID"] = id });
        Task<CscResult> SignAsync(string id) => other.SignAsync(id, sad, [new byte[32]], "1.2.840.10045.4.3.2");
    }
}
