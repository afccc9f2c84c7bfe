using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Server.Enrollment;
using RemoteSigning.Server.Storage;
using RemoteSigning.Server.Tests.Fakes;

namespace RemoteSigning.Server.Tests;

/// <summary>The administration listener: signers, credentials in the true course, status, deletion.</summary>
[NonParallelizable]
public sealed class EnrollmentTests
{
    private World _world = null!; // Set before the first test.

    [OneTimeSetUp]
    public async Task PrepareAsync() => _world = await World.StartAsync("enrollment");

    [OneTimeTearDown]
    public async Task CleanUpAsync() => await _world.DisposeAsync();

    /// <summary>v2's credentials/list has no pages.</summary>
    [Test]
    public async Task Enroll_MoreThanASignerMayHave_IsRefused()
    {
        using CscClient signer = await _world.NewSignerAsync();
        CredentialCreated made = await _world.EnrollAsync(signer, World.P256());
        await using ServerDatabase database = World.OpenDatabase(_world.Database);
        await database.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO server.credentials
            SELECT (jsonb_populate_record(c, jsonb_build_object('id', md5(random()::text), 'key_id', md5(random()::text)))).*
            FROM server.credentials c, generate_series(1, {EnrollmentRules.MostCredentials - 1}) WHERE c.id = {made.Id}
            """);

        using HttpResponseMessage refused = await _world.TryEnrollAsync(signer, World.P256());
        CscResult listed = await signer.As(2).PostAsync("credentials/list", "{}");

        Assert.That((int)refused.StatusCode, Is.EqualTo(409), await refused.Content.ReadAsStringAsync());
        Assert.That(listed.Body["credentialIDs"]!.AsArray(), Has.Count.EqualTo(EnrollmentRules.MostCredentials));
    }

    [TestCase("RSA", 2048, null)]
    [TestCase("RSA", 3072, null)]
    [TestCase("ECDSA", null, "secp256r1")]
    [TestCase("ECDSA", null, "prime384v1")]
    [TestCase("ECDSA", null, "secp521r1")]
    public async Task Enroll_EachKey_TakesTheTrueCourse(string algorithm, int? size, string? curve)
    {
        using CscClient signer = await _world.NewSignerAsync("Ann Marie", "O'Example");
        int before = _world.Sam.Log.Records.Count;

        CredentialCreated made = await _world.EnrollAsync(
            signer,
            new CredentialRequest("Label", new KeyTemplate(algorithm, size, curve), KeyPurposes.Signature, "2", "explicit", true, true, 7));

        FakeKey key = _world.Sam.Key(made.KeyId);
        (string label, CertificateRequest request) = _world.Pki.Requests[^1];
        X509SubjectAlternativeNameExtension names = request.CertificateExtensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(made.Certificate);
        Assert.Multiple(() =>
        {
            Assert.That(
                _world.Sam.Log.Records.Skip(before).Select(r => r.Event),
                Is.EqualTo(new[] { AuditEvents.Generate, AuditEvents.Assign, AuditEvents.ProvePossession, AuditEvents.ChangeStatus }));
            Assert.That(key, Has.Property("Owner").EqualTo(signer.Signer).And.Property("Version").EqualTo(3).And.Property("Enabled").True);
            Assert.That(key.Subject, Is.EqualTo("CN=Ann Marie O'Example,givenName=Ann Marie,SN=O'Example"));
            Assert.That(label, Is.EqualTo("signature"));
            Assert.That(Encoding.ASCII.GetString(names.RawData), Does.Contain(signer.Email));
            Assert.That(certificate.PublicKey.ExportSubjectPublicKeyInfo(), Is.EqualTo(key.PublicKeyInfo));
            Assert.That(
                _world.Authorization.Credentials[made.Id],
                Is.EqualTo(new Contracts.Authorization.CredentialRegistration(made.Id, made.KeyId, signer.Signer, "2", "explicit", true, true, 7)));
        });
    }

    [Test]
    public async Task Enroll_ForAuthentication_GoesToThatProfile()
    {
        using CscClient signer = await _world.NewSignerAsync();

        await _world.EnrollAsync(signer, World.Rsa(purpose: KeyPurposes.Authentication));

        Assert.That(_world.Pki.Requests[^1].Label, Is.EqualTo("authentication"));
    }

    [TestCase("POST /sam/v1/key_pairs", "generate")]
    [TestCase("POST /sam/v1/signers/$body/key_pairs", "assign")]
    [TestCase("POST /sam/v1/proofs_of_possession", "prove possession")]
    [TestCase("PUT /sam/v1/key_pairs/$body", "certify")]
    public async Task Enroll_StepRefusedBySam_NamesTheStepAndLeavesNothingUsable(string path, string step)
    {
        using CscClient signer = await _world.NewSignerAsync();
        _world.Sam.RefuseNext = (path, ProblemCodes.HsmUnavailable, Problem.Unavailable);

        await AssertAbandonedAsync(signer, step, 503);
    }

    [TestCase("/.well-known/est/signature/simpleenroll", 400)]
    [TestCase("/.well-known/est/cacerts", 400)]
    public async Task Enroll_RefusedByPki_NamesTheStep(string path, int status)
    {
        using CscClient signer = await _world.NewSignerAsync();
        _world.Pki.RefuseNext = path;

        await AssertAbandonedAsync(signer, "issue certificate", status);
    }

    [Test]
    public async Task Enroll_CertificateForAnotherKey_IsNotTaken()
    {
        using CscClient signer = await _world.NewSignerAsync();
        _world.Pki.CertifyAnotherKey = true;

        await AssertAbandonedAsync(signer, "issue certificate", 503);
    }

    [Test]
    public async Task Enroll_CertificateOfAStranger_IsNotTaken()
    {
        using CscClient signer = await _world.NewSignerAsync();
        _world.Pki.IssueFromStranger = true;

        await AssertAbandonedAsync(signer, "issue certificate", 503);
    }

    [Test]
    public async Task Enroll_RefusedByAuthorization_NamesTheStep()
    {
        using CscClient signer = await _world.NewSignerAsync();
        _world.Authorization.RefuseNext = ("credentials", Problem.InvalidRequest, ProblemCodes.Conflict);

        await AssertAbandonedAsync(signer, "register factors", 409);
    }

    [Test]
    public async Task Status_Disabled_CannotSignUntilEnabled()
    {
        using CscClient signer = await _world.NewSignerAsync();
        CredentialCreated made = await _world.EnrollAsync(signer, World.P256());
        string sad = (await signer.AuthorizeAsync(made.Id, 1)).Sad;
        byte[] hash = World.Digest();

        Assert.That(await SetStatusAsync(signer, made.Id, enabled: false), Is.EqualTo(HttpStatusCode.NoContent));
        CscResult authorize = await signer.AuthorizeAsync(made.Id, 1);
        CscResult sign = await signer.SignAsync(made.Id, sad, [hash], Oids.EcdsaWithSha256);
        CscResult info = await signer.PostAsync("credentials/info", $$"""{"credentialID":"{{made.Id}}"}""");
        bool disabledInSam = !_world.Sam.Key(made.KeyId).Enabled;
        Assert.That(await SetStatusAsync(signer, made.Id, enabled: true), Is.EqualTo(HttpStatusCode.NoContent));
        CscResult after = await signer.SignAsync(made.Id, sad, [hash], Oids.EcdsaWithSha256);

        const string Disabled = "The credential identified by credentialID is disabled";
        Assert.Multiple(() =>
        {
            Assert.That(authorize.Refusal, Is.EqualTo((400, "invalid_request", Disabled)));
            Assert.That(sign.Refusal, Is.EqualTo((400, "invalid_request", Disabled)));
            Assert.That((string?)info.Body["key"]!["status"], Is.EqualTo("disabled"));
            Assert.That(disabledInSam, Is.True);
            Assert.That(after.Status, Is.EqualTo(200), after.ToString());
        });
    }

    [Test]
    public async Task Delete_Credential_DeletesKeyRevokesCertificateAndIsGone()
    {
        using CscClient signer = await _world.NewSignerAsync();
        CredentialCreated made = await _world.EnrollAsync(signer, World.P256());
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(made.Certificate);

        HttpStatusCode deleted = await DeleteAsync(signer, made.Id);
        CscResult list = await signer.PostAsync("credentials/list", "{}");
        CscResult info = await signer.PostAsync("credentials/info", $$"""{"credentialID":"{{made.Id}}"}""");

        Assert.Multiple(() =>
        {
            Assert.That(deleted, Is.EqualTo(HttpStatusCode.NoContent));
            Assert.That(_world.Sam.Key(made.KeyId).Deleted, Is.True);
            Assert.That(_world.Pki.Revoked, Does.Contain(certificate.SerialNumber));
            Assert.That(list.Body.ToJsonString(), Is.EqualTo("""{"credentialIDs":[]}"""));
            Assert.That(info.Description, Is.EqualTo("Invalid parameter credentialID"));
        });
        Assert.That(await DeleteAsync(signer, made.Id), Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Delete_RevocationFails_IsGoneForTheSignerAndCanBeRepeated()
    {
        using CscClient signer = await _world.NewSignerAsync();
        CredentialCreated made = await _world.EnrollAsync(signer, World.P256());
        _world.Pki.RefuseNext = "/pki/v1/revocations";

        HttpStatusCode first = await DeleteAsync(signer, made.Id);
        CscResult list = await signer.PostAsync("credentials/list", "{}");
        HttpStatusCode second = await DeleteAsync(signer, made.Id);

        Assert.Multiple(() =>
        {
            Assert.That(first, Is.EqualTo(HttpStatusCode.BadRequest));
            Assert.That(list.Body.ToJsonString(), Is.EqualTo("""{"credentialIDs":[]}"""));
            Assert.That(second, Is.EqualTo(HttpStatusCode.NoContent), "the SAM says that the key is deleted already");
        });
    }

    [Test]
    public async Task Delete_CredentialOfAnotherSigner_IsNotFound()
    {
        using CscClient owner = await _world.NewSignerAsync();
        CredentialCreated made = await _world.EnrollAsync(owner, World.P256());
        using CscClient other = await _world.NewSignerAsync();

        Assert.That(await DeleteAsync(other, made.Id), Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await SetStatusAsync(other, made.Id, enabled: false), Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(_world.Sam.Key(made.KeyId), Has.Property("Deleted").False.And.Property("Enabled").True);
    }

    private static IEnumerable<CredentialRequest> WrongRequests()
    {
        CredentialRequest right = World.P256();
        yield return right with { Label = "" };
        yield return right with { Label = "a\nb" };
        yield return right with { Label = new string('x', 256) };
        yield return right with { KeyTemplate = new KeyTemplate("RSA", Size: 1024) };
        yield return right with { KeyTemplate = new KeyTemplate("RSA") };
        yield return right with { KeyTemplate = new KeyTemplate("ECDSA", NamedCurve: "secp256k1") };
        yield return right with { KeyTemplate = new KeyTemplate("ECDSA", Size: 256, NamedCurve: "secp256r1") };
        yield return right with { KeyTemplate = new KeyTemplate("Ed25519") };
        yield return right with { Purpose = "encryption" };
        yield return right with { Scal = "3" };
        yield return right with { AuthMode = "implicit" };
        yield return right with { Pin = false };
        yield return right with { Multisign = 0 };
        yield return right with { Multisign = 1001 };
    }

    [TestCaseSource(nameof(WrongRequests))]
    public async Task Enroll_WrongRequest_IsRefused(CredentialRequest request)
    {
        using CscClient signer = await _world.NewSignerAsync();

        using HttpResponseMessage answer = await _world.TryEnrollAsync(signer, request);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await RowsAsync(signer), Is.Empty);
    }

    [TestCase("{")]
    [TestCase("[]")]
    [TestCase("null")]
    [TestCase("""{"label":"x"}""")]
    [TestCase("""{"signer":"a","signer":"b"}""")]
    public async Task Signers_Malformed_IsAProblemDocument(string body)
    {
        using HttpResponseMessage answer = await _world.Operator.PostAsync(
            "/enrollment/v1/signers", new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.Content.Headers.ContentType!.MediaType, Is.EqualTo("application/problem+json"));
    }

    [TestCase("a", "not-an-address", "A", "B")]
    [TestCase("a b", "signer@example.com", "A", "B")]
    [TestCase("a", "signer@example.com", "A,O=Ministry", "B")]
    [TestCase("a", "signer@example.com", "A", "")]
    [TestCase("a", "signer@example.com", "A", "B ")]
    public async Task Signers_WrongMember_IsRefused(string signer, string email, string given, string family)
    {
        using HttpResponseMessage answer = await _world.Operator.PostAsJsonAsync(
            "/enrollment/v1/signers", new SignerRequest(signer, email, given, family), EnrollmentJson.Default.SignerRequest);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task Signers_Twice_IsAConflict()
    {
        using CscClient signer = await _world.NewSignerAsync();

        using HttpResponseMessage answer = await _world.Operator.PostAsJsonAsync(
            "/enrollment/v1/signers", new SignerRequest(signer.Signer, signer.Email, "A", "B"), EnrollmentJson.Default.SignerRequest);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Conflict));
    }

    [Test]
    public async Task Credentials_OfAnUnknownSigner_AreNotFound()
    {
        using HttpResponseMessage answer = await _world.Operator.PostAsJsonAsync(
            "/enrollment/v1/signers/nobody/credentials", World.P256(), EnrollmentJson.Default.CredentialRequest);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [TestCase("xyz")]
    [TestCase("abc")]
    public async Task Receipts_WrongDigest_IsRefused(string digest)
    {
        using HttpResponseMessage answer = await _world.Operator.GetAsync($"/enrollment/v1/receipts?digest={digest}");

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public void AdministrationListener_UnknownOrNoCertificate_EndsInTheHandshake()
    {
        using HttpClient stranger = _world.Http(_world.Stranger, _world.Administration);
        using HttpClient nobody = _world.Http(null, _world.Administration);

        Assert.That(() => stranger.GetAsync("/enrollment/v1/receipts?digest=00"), Throws.InstanceOf<HttpRequestException>());
        Assert.That(() => nobody.GetAsync("/enrollment/v1/receipts?digest=00"), Throws.InstanceOf<HttpRequestException>());
    }

    [Test]
    public async Task AdministrationListener_CscMethods_AreNotThere()
    {
        using HttpResponseMessage answer = await _world.Operator.PostAsync("/csc/v1/info", null);

        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    private async Task AssertAbandonedAsync(CscClient signer, string step, int status)
    {
        using HttpResponseMessage answer = await _world.TryEnrollAsync(signer, World.P256());
        ProblemDocument problem = (await answer.Content.ReadFromJsonAsync(EnrollmentJson.Default.ProblemDocument))!;
        CredentialRow left = (await RowsAsync(signer)).Single();
        CscResult list = await signer.PostAsync("credentials/list", "{}");
        CscResult info = await signer.PostAsync("credentials/info", $$"""{"credentialID":"{{left.Id}}"}""");
        HttpStatusCode deleted = await DeleteAsync(signer, left.Id);
        Assert.Multiple(() =>
        {
            Assert.That((int)answer.StatusCode, Is.EqualTo(status), problem.ToString());
            Assert.That(problem.Detail, Does.StartWith($"The step \"{step}\" failed:").And.Contain(left.Id));
            Assert.That(left.State, Is.Not.EqualTo(CredentialState.Ready));
            Assert.That(list.Body.ToJsonString(), Is.EqualTo("""{"credentialIDs":[]}"""));
            Assert.That(info.Description, Is.EqualTo("Invalid parameter credentialID"));
            Assert.That(deleted, Is.EqualTo(HttpStatusCode.NoContent), "what was left can be cleaned up");
        });
        Assert.That(await RowsAsync(signer), Is.Empty);
    }

    private async Task<List<CredentialRow>> RowsAsync(CscClient signer)
    {
        await using ServerDatabase database = World.OpenDatabase(_world.Database);
        return await database.Credentials.AsNoTracking().Where(c => c.SignerId == signer.Signer).ToListAsync();
    }

    private async Task<HttpStatusCode> SetStatusAsync(CscClient signer, string id, bool enabled)
    {
        using HttpResponseMessage answer = await _world.Operator.PutAsync(
            $"/enrollment/v1/signers/{signer.Signer}/credentials/{id}/status",
            new StringContent(
                JsonSerializer.Serialize(new CredentialStatusRequest(enabled), EnrollmentJson.Default.CredentialStatusRequest),
                Encoding.UTF8,
                "application/json"));
        return answer.StatusCode;
    }

    private async Task<HttpStatusCode> DeleteAsync(CscClient signer, string id)
    {
        using HttpResponseMessage answer = await _world.Operator.DeleteAsync($"/enrollment/v1/signers/{signer.Signer}/credentials/{id}");
        return answer.StatusCode;
    }
}
