using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Sandbox;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>CSC v1 through all real processes, to the HSM and back.</summary>
public sealed class CscSigningTests
{
    private static IEnumerable<TestCaseData> Algorithms()
    {
        string[] rsa = ["RSA-2048", "RSA-3072", "RSA-4096", "RSA-2048 SCAL 2"];
        foreach (string label in rsa)
        {
            yield return new(label, Oids.Sha256WithRsa, Oids.Sha256);
            yield return new(label, Oids.Rsa, Oids.Sha384);
            yield return new(label, Oids.Sha512WithRsa, Oids.Sha512);
            yield return new(label, Oids.RsaPss, Oids.Sha256);
        }

        foreach (string label in (string[])["P-256", "P-384", "P-256 SCAL 2"])
        {
            yield return new(label, Oids.EcdsaWithSha256, Oids.Sha256);
            yield return new(label, Oids.EcdsaWithSha384, Oids.Sha384);
        }
    }

    [TestCaseSource(nameof(Algorithms))]
    public async Task SignHash_EachKeyAndAlgorithm_VerifiesTwice(string label, string signAlgo, string hashAlgo)
    {
        using CscCaller caller = await CscCaller.LoginAsync(SharedSandbox.Instance.Description, SharedSandbox.First);
        string id = SharedSandbox.Credential(label).Id;
        using X509Certificate2 certificate = await CertificateKey.GetAsync(caller, id);
        DigestAlgorithm digest = DigestAlgorithm.FromOid(hashAlgo)!;
        bool pss = signAlgo == Oids.RsaPss;
        byte[]? parameters = pss ? new SignatureAlgorithm(SignatureScheme.RsaPss, digest, digest.Length).Parameters() : null;
        byte[][] hashes = [RandomNumberGenerator.GetBytes(digest.Length), RandomNumberGenerator.GetBytes(digest.Length)];

        CscAnswer authorized = await caller.AuthorizeAsync(id, hashes);
        Assert.That(authorized.Status, Is.EqualTo(HttpStatusCode.OK), authorized.ToString());
        CscAnswer signed = await caller.SignHashAsync(id, authorized.Sad, hashes, signAlgo, hashAlgo, parameters);

        Assert.That(signed.Status, Is.EqualTo(HttpStatusCode.OK), signed.ToString());
        RSASignaturePadding? padding = pss ? RSASignaturePadding.Pss : null;
        Assert.Multiple(() =>
        {
            Assert.That(signed.Signatures, Has.Count.EqualTo(2));
            Assert.That(certificate.Verifies(hashes[0], signed.Signatures[0], digest.Name, padding), Is.True);
            Assert.That(certificate.Verifies(hashes[1], signed.Signatures[1], digest.Name, padding), Is.True);
        });
    }

    [Test]
    public async Task SignHash_ThousandHashes_ComeBackInOrder()
    {
        using CscCaller caller = await CscCaller.LoginAsync(SharedSandbox.Instance.Description, SharedSandbox.First);
        string id = SharedSandbox.Credential("P-256 SCAL 2").Id;
        using X509Certificate2 certificate = await CertificateKey.GetAsync(caller, id);
        byte[][] hashes = [.. Enumerable.Range(0, 1000).Select(_ => RandomNumberGenerator.GetBytes(32))];

        CscAnswer authorized = await caller.AuthorizeAsync(id, hashes);
        CscAnswer signed = await caller.SignHashAsync(id, authorized.Sad, hashes, Oids.EcdsaWithSha256);

        Assert.That(signed.Status, Is.EqualTo(HttpStatusCode.OK), signed.ToString());
        Assert.That(signed.Signatures.Select((s, i) => certificate.Verifies(hashes[i], s, HashAlgorithmName.SHA256)), Is.All.True.And.Exactly(1000).Items);
    }

    [Test]
    public async Task Authorize_WrongPin_IsInvalidPin()
    {
        using CscCaller caller = await CscCaller.LoginAsync(SharedSandbox.Instance.Description, SharedSandbox.First);

        CscAnswer answer = await caller.AuthorizeAsync(SharedSandbox.Credential("RSA-2048").Id, [new byte[32]], pin: "00000000");

        Assert.That((answer.Status, answer.Error, answer.Description), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_pin", "The PIN is invalid")));
        CscAnswer right = await caller.AuthorizeAsync(SharedSandbox.Credential("RSA-2048").Id, [new byte[32]]);
        Assert.That(right.Status, Is.EqualTo(HttpStatusCode.OK), "the right PIN resets the counter");
    }

    [Test]
    public async Task Authorize_OneTimeCode_WorksOnce()
    {
        using CscCaller caller = await CscCaller.LoginAsync(SharedSandbox.Instance.Description, SharedSandbox.First);
        string id = SharedSandbox.Credential("RSA-2048 with one-time code").Id;
        // The next time step is within the window, and surely none that a test before this one has used.
        string code = Totp.Code(SharedSandbox.First.TotpSecret, DateTimeOffset.UtcNow.AddSeconds(30));

        CscAnswer missing = await caller.AuthorizeAsync(id, [new byte[32]]);
        CscAnswer first = await caller.AuthorizeAsync(id, [new byte[32]], otp: code);
        CscAnswer again = await caller.AuthorizeAsync(id, [new byte[32]], otp: code);

        Assert.Multiple(() =>
        {
            Assert.That(missing.Status, Is.EqualTo(HttpStatusCode.BadRequest), missing.ToString());
            Assert.That(first.Status, Is.EqualTo(HttpStatusCode.OK), first.ToString());
            Assert.That((again.Status, again.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_otp")), again.ToString());
        });
    }

    [Test]
    public async Task SendOtp_CodeByEmail_IsInTheMailAndSignsOnce()
    {
        SandboxDescription.Signer signer = SharedSandbox.Instance.Description.Signers.Single(s => s.Email == "third.signer@example.com");
        using CscCaller caller = await CscCaller.LoginAsync(SharedSandbox.Instance.Description, signer);
        string id = signer.Credentials.Single().Id;
        byte[] hash = RandomNumberGenerator.GetBytes(32);

        CscAnswer sent = await caller.PostAsync("credentials/sendOTP", new JsonObject { ["credentialID"] = id });
        CscAnswer tooSoon = await caller.PostAsync("credentials/sendOTP", new JsonObject { ["credentialID"] = id });
        string mail = SharedSandbox.Instance.Mail.Read(signer.Email)[^1];
        string code = SharedSandbox.Instance.Mail.ReadCode(signer.Email);
        CscAnswer authorized = await caller.AuthorizeAsync(id, [hash], otp: code);
        CscAnswer again = await caller.AuthorizeAsync(id, [hash], otp: code);
        CscAnswer signed = await caller.SignHashAsync(id, (string?)authorized.Body["SAD"], [hash], "1.2.840.113549.1.1.11");

        Assert.Multiple(() =>
        {
            Assert.That(sent.Status, Is.EqualTo(HttpStatusCode.NoContent), sent.ToString());
            Assert.That(tooSoon.Status, Is.EqualTo(HttpStatusCode.TooManyRequests), tooSoon.ToString());
            Assert.That(mail, Does.Contain("Signing key: \"RSA-2048 with code by e-mail\"").And.Contain("Never tell this code to anybody"));
            Assert.That((again.Status, again.Error), Is.EqualTo((HttpStatusCode.BadRequest, "invalid_otp")), again.ToString());
            Assert.That(signed.Status, Is.EqualTo(HttpStatusCode.OK), signed.ToString());
        });
    }

    [Test]
    public async Task SignHash_HashThatWasNotApproved_IsRefused()
    {
        using CscCaller caller = await CscCaller.LoginAsync(SharedSandbox.Instance.Description, SharedSandbox.First);
        string id = SharedSandbox.Credential("RSA-2048 SCAL 2").Id;
        byte[] approved = RandomNumberGenerator.GetBytes(32);
        CscAnswer authorized = await caller.AuthorizeAsync(id, [approved]);

        CscAnswer other = await caller.SignHashAsync(id, authorized.Sad, [RandomNumberGenerator.GetBytes(32)], Oids.Sha256WithRsa);
        CscAnswer right = await caller.SignHashAsync(id, authorized.Sad, [approved], Oids.Sha256WithRsa);
        CscAnswer twice = await caller.SignHashAsync(id, authorized.Sad, [approved], Oids.Sha256WithRsa);

        Assert.Multiple(() =>
        {
            Assert.That(other.Description, Is.EqualTo("Hash is not authorized by the SAD."), other.ToString());
            Assert.That(right.Status, Is.EqualTo(HttpStatusCode.OK), right.ToString());
            Assert.That(twice.Description, Is.EqualTo("Invalid parameter SAD"), twice.ToString());
        });
    }

    [Test]
    public async Task SignHash_MoreThanApproved_IsRefused()
    {
        using CscCaller caller = await CscCaller.LoginAsync(SharedSandbox.Instance.Description, SharedSandbox.First);
        string id = SharedSandbox.Credential("RSA-2048").Id;
        CscAnswer authorized = await caller.AuthorizeAsync(id, [], count: 1);

        CscAnswer answer = await caller.SignHashAsync(id, authorized.Sad, [new byte[32], new byte[32]], Oids.Sha256WithRsa);

        Assert.That(answer.Description, Is.EqualTo("Numbers of signatures is too high"), answer.ToString());
    }

    [Test]
    public async Task SignHash_HundredParallelUsesOfOneSad_OneSignatureAndOneRecord()
    {
        using CscCaller caller = await CscCaller.LoginAsync(SharedSandbox.Instance.Description, SharedSandbox.First);
        string id = SharedSandbox.Credential("RSA-2048 SCAL 2").Id;
        byte[] hash = RandomNumberGenerator.GetBytes(32);
        CscAnswer authorized = await caller.AuthorizeAsync(id, [hash]);

        CscAnswer[] answers = await Task.WhenAll(
            Enumerable.Range(0, 100).Select(_ => caller.SignHashAsync(id, authorized.Sad, [hash], Oids.Sha256WithRsa)));

        string digest = Convert.ToHexStringLower(hash);
        int records = AuditLog.SignedRecords(SharedSandbox.Instance).Count(r => r.Digests!.Any(d => d.Digest == digest));
        Assert.Multiple(() =>
        {
            Assert.That(answers.Count(a => a.Status == HttpStatusCode.OK), Is.EqualTo(1));
            Assert.That(
                answers.Where(a => a.Status != HttpStatusCode.OK).Select(a => a.Error), Is.All.EqualTo("invalid_request"));
            Assert.That(records, Is.EqualTo(1));
        });
    }

    [Test]
    public async Task EveryMethod_CredentialOfAnotherSigner_IsLikeNone()
    {
        using CscCaller caller = await CscCaller.LoginAsync(SharedSandbox.Instance.Description, SharedSandbox.Second);
        string foreign = SharedSandbox.Credential("RSA-2048").Id;
        using CscCaller owner = await CscCaller.LoginAsync(SharedSandbox.Instance.Description, SharedSandbox.First);
        CscAnswer authorized = await owner.AuthorizeAsync(foreign, [new byte[32]]);

        CscAnswer list = await caller.PostAsync("credentials/list", []);
        CscAnswer info = await caller.PostAsync("credentials/info", new JsonObject { ["credentialID"] = foreign });
        CscAnswer nobodys = await caller.PostAsync("credentials/info", new JsonObject { ["credentialID"] = "nobodys" });
        CscAnswer authorize = await caller.AuthorizeAsync(foreign, [new byte[32]]);
        CscAnswer sign = await caller.SignHashAsync(foreign, authorized.Sad, [new byte[32]], Oids.Sha256WithRsa);
        CscAnswer own = await caller.SignHashAsync(
            SharedSandbox.Second.Credentials[0].Id, authorized.Sad, [new byte[32]], Oids.Sha256WithRsa);

        Assert.Multiple(() =>
        {
            Assert.That(
                list.Body["credentialIDs"]!.AsArray().Select(c => (string?)c),
                Is.EqualTo(SharedSandbox.Second.Credentials.Select(c => c.Id)));
            Assert.That(info.Description, Is.EqualTo("Invalid parameter credentialID"));
            Assert.That(nobodys.ToString(), Is.EqualTo(info.ToString()), "a foreign credential is answered like one that does not exist");
            Assert.That(authorize.Description, Is.EqualTo("Invalid parameter credentialID"));
            Assert.That(sign.Description, Is.EqualTo("Invalid parameter credentialID"));
            Assert.That(own.Description, Is.EqualTo("Invalid parameter SAD"), "somebody else's SAD on an own credential");
        });
    }

    [Test]
    public async Task Receipt_OfASignature_ProvesItsRecord()
    {
        using CscCaller caller = await CscCaller.LoginAsync(SharedSandbox.Instance.Description, SharedSandbox.First);
        byte[] hash = RandomNumberGenerator.GetBytes(32);
        (byte[]? signature, CscAnswer answer) = await caller.SignAsync(SharedSandbox.Credential("P-256").Id, hash, Oids.EcdsaWithSha256);
        Assert.That(signature, Is.Not.Null, answer.ToString());

        AuditReceipt receipt = await SharedSandbox.Instance.Operator.GetReceiptAsync(hash, CancellationToken.None);

        using ECDsa key = ECDsa.Create();
        key.ImportFromPem(await File.ReadAllTextAsync(SharedSandbox.Instance.SamAuditKey));
        LogProof proof = receipt.Proof;
        Assert.Multiple(() =>
        {
            Assert.That(proof.Head.Verify(key), Is.True);
            Assert.That(
                MerkleTree.VerifyInclusion(
                    MerkleTree.LeafHash(System.Text.Encoding.UTF8.GetBytes(proof.Record)), proof.Index, proof.Head.TreeSize, proof.Path, proof.Head.RootHash),
                Is.True);
            Assert.That(proof.Record, Does.Contain(Convert.ToHexStringLower(hash)));
        });
    }
}
