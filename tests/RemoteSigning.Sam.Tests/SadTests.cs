using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Tests;

/// <summary>Everything that may be wrong with the activation of one signature. Each refusal is in the log.</summary>
public sealed class SadTests
{
    private TestNode _node = null!; // Set before any test runs.
    private KeyPair _key = null!;
    private string _epoch = "";

    [OneTimeSetUp]
    public async Task Start()
    {
        _node = await TestNode.StartNewAsync();
        _key = await TestKey.EnabledAsync(_node, TestKey.P256);
        _epoch = await _node.EpochAsync();
    }

    [OneTimeTearDown]
    public async Task Stop() => await _node.DisposeAsync();

    private SignaturesRequest NewRequest(int count = 1) => new(
        [.. Enumerable.Range(0, count).Select(_ => new SignatureRequest(RandomNumberGenerator.GetBytes(32)))],
        _key,
        new Signer(TestKey.Signer),
        Oids.EcdsaWithSha256);

    private TestSad Sad(SignaturesRequest request) => TestSad.For(_node, request, _epoch);

    private async Task RefusedAsync(SignaturesRequest request, string? sad, string code, HttpStatusCode status = HttpStatusCode.Forbidden)
    {
        Reply reply = await _node.Client.SignAsync(request, sad);
        reply.MustBe(status, code);
        AuditRecord record = _node.Records()[^1];
        Assert.That((record.Event, record.Outcome, record.Signer, record.KeyId), Is.EqualTo(("sign", code, request.Signer.Id, request.KeyPair.KeyId)));
        Assert.That(record.Reason, Is.Not.Empty);
        Assert.That(reply.Problem.Audit!.Record, Is.EqualTo(File.ReadAllLines(_node.LogFile)[^2]), "the record that the caller got");
    }

    [Test]
    public async Task Sign_GenuineSad_RecordNamesEverything()
    {
        SignaturesRequest request = NewRequest(2);
        TestSad sad = Sad(request);

        Signatures signatures = (await _node.Client.SignAsync(request, sad.Sign(_node.As1))).Signatures;

        AuditRecord record = _node.Records()[^1];
        Assert.That(signatures.Audit!.Record, Is.EqualTo(JsonSerializer.Serialize(record, AuditJson.Default.AuditRecord)));
        Assert.That(
            (record.Event, record.Outcome, record.Actor, record.Jti, record.Transaction, record.ClientId, record.Acr, record.AuthorizationServer),
            Is.EqualTo(("sign", "success", "ssa", sad.Claims.Jti, "transaction-1", "client-1", "substantial", "as-1")));
        Assert.That(
            record.Digests!.Select(d => d.Digest), Is.EqualTo(request.Requests.Select(r => Convert.ToHexStringLower(r.Dtbs))));
        Assert.That(record.SetDigest, Is.EqualTo(sad.Content.SetDigest));
        Assert.That(File.ReadAllText(_node.LogFile), Does.Not.Contain(sad.Sign(_node.As1).Split('.')[1]), "no SAD in the log");
    }

    [Test]
    public async Task Sign_WithoutSad_Refused() => await RefusedAsync(NewRequest(), null, "sad_missing", HttpStatusCode.Unauthorized);

    [Test]
    public async Task Sign_SadTwice_Refused()
    {
        SignaturesRequest request = NewRequest();
        string sad = Sad(request).Sign(_node.As1);
        Assert.That((await _node.Client.SignAsync(request, sad)).Status, Is.EqualTo(HttpStatusCode.OK));

        await RefusedAsync(request, sad, "sad_used");
    }

    [Test]
    public async Task Sign_AlgorithmNone_Refused()
    {
        SignaturesRequest request = NewRequest();
        string[] parts = Sad(request).Sign(_node.As1).Split('.');
        string header = Base64Url.EncodeToString("""{"alg":"none","typ":"sad+jwt","kid":"k"}"""u8);

        await RefusedAsync(request, $"{header}.{parts[1]}.", "sad_invalid");
        await RefusedAsync(request, $"{header}.{parts[1]}.{parts[2]}", "sad_invalid");
    }

    [Test]
    public async Task Sign_SymmetricAlgorithmWithThePublicKey_Refused()
    {
        SignaturesRequest request = NewRequest();
        string[] parts = Sad(request).Sign(_node.As1).Split('.');
        string header = Base64Url.EncodeToString("""{"alg":"HS256","typ":"sad+jwt","kid":"k"}"""u8);
        byte[] mac = HMACSHA256.HashData(
            Encoding.UTF8.GetBytes(_node.As1.ExportSubjectPublicKeyInfoPem()), Encoding.ASCII.GetBytes($"{header}.{parts[1]}"));

        await RefusedAsync(request, $"{header}.{parts[1]}.{Base64Url.EncodeToString(mac)}", "sad_invalid");
    }

    [Test]
    public async Task Sign_ForeignKeyOrIssuer_Refused()
    {
        SignaturesRequest request = NewRequest();
        TestSad sad = Sad(request);
        using ECDsa foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        await RefusedAsync(request, sad.Sign(foreign), "sad_invalid");
        await RefusedAsync(request, sad.Sign(_node.As2), "sad_invalid");
        await RefusedAsync(request, (sad with { Claims = sad.Claims with { Iss = "as-3" } }).Sign(foreign), "sad_invalid");
    }

    [Test]
    public async Task Sign_AuthorizationServerNotAllowedForThisSsa_Refused()
    {
        SignaturesRequest request = NewRequest();
        TestSad sad = Sad(request);

        await RefusedAsync(request, (sad with { Claims = sad.Claims with { Iss = "as-2" } }).Sign(_node.As2), "sad_invalid");
        Assert.That(_node.Records()[^1].Reason, Does.Contain("may not bring"));
    }

    [Test]
    public async Task Sign_ChangedPayload_Refused()
    {
        SignaturesRequest request = NewRequest();
        string[] parts = Sad(request).Sign(_node.As1).Split('.');
        string other = Sad(request).Sign(_node.As1).Split('.')[1];

        await RefusedAsync(request, $"{parts[0]}.{other}.{parts[2]}", "sad_invalid");
        await RefusedAsync(request, "not a jws", "sad_invalid");
        await RefusedAsync(request, new string('a', 5000), "sad_invalid");
    }

    [Test]
    public async Task Sign_OtherNode_Refused()
    {
        SignaturesRequest request = NewRequest();
        TestSad sad = Sad(request);

        await RefusedAsync(request, (sad with { Claims = sad.Claims with { Aud = "sam-2" } }).Sign(_node.As1), "sad_wrong_node");
        await RefusedAsync(request, (sad with { Content = sad.Content with { Node = "sam-2" } }).Sign(_node.As1), "sad_wrong_node");
    }

    [Test]
    public async Task Sign_OtherEpoch_Refused()
    {
        SignaturesRequest request = NewRequest();
        TestSad sad = Sad(request);
        string other = new('0', 32);

        await RefusedAsync(request, (sad with { Claims = sad.Claims with { Epoch = other } }).Sign(_node.As1), "sad_wrong_epoch");
        await RefusedAsync(request, (sad with { Content = sad.Content with { Epoch = other } }).Sign(_node.As1), "sad_wrong_epoch");
    }

    [TestCase(-63, -3, "sad_expired")]
    [TestCase(0, 61, "sad_invalid")]
    [TestCase(0, 0, "sad_invalid")]
    [TestCase(5, 30, "sad_invalid")]
    public async Task Sign_OutsideItsTime_Refused(int issued, int expires, string code)
    {
        SignaturesRequest request = NewRequest();
        TestSad sad = Sad(request);
        long now = _node.Clock.GetUtcNow().ToUnixTimeSeconds();

        await RefusedAsync(request, (sad with { Claims = sad.Claims with { Iat = now + issued, Exp = now + expires } }).Sign(_node.As1), code);
    }

    [TestCase(long.MinValue, long.MaxValue)]
    [TestCase(long.MaxValue - 1, long.MaxValue)]
    public async Task Sign_ImpossibleTime_Refused(long issued, long expires)
    {
        SignaturesRequest request = NewRequest();
        TestSad sad = Sad(request);

        await RefusedAsync(request, (sad with { Claims = sad.Claims with { Iat = issued, Exp = expires } }).Sign(_node.As1), "sad_invalid");
    }

    [Test]
    public async Task Sign_ActivationExpired_Refused()
    {
        SignaturesRequest request = NewRequest();
        TestSad sad = Sad(request);

        await RefusedAsync(
            request,
            (sad with { Content = sad.Content with { NotAfter = _node.Clock.GetUtcNow().ToUnixTimeSeconds() - 3 } }).Sign(_node.As1),
            "sad_expired");
    }

    [TestCase("low")]
    [TestCase("")]
    [TestCase("HIGH")]
    public async Task Sign_AssuranceTooLow_Refused(string acr)
    {
        SignaturesRequest request = NewRequest();
        TestSad sad = Sad(request);

        await RefusedAsync(request, (sad with { Claims = sad.Claims with { Acr = acr } }).Sign(_node.As1), "assurance_too_low");
    }

    [Test]
    public async Task Sign_OtherSigner_Refused()
    {
        SignaturesRequest request = NewRequest();
        TestSad sad = Sad(request);

        await RefusedAsync(request, (sad with { Content = sad.Content with { Signer = "signer-2" } }).Sign(_node.As1), "sad_wrong_signer");
        await RefusedAsync(request with { Signer = new Signer("signer-2") }, Sad(request).Sign(_node.As1), "wrong_signer");
    }

    [Test]
    public async Task Sign_OtherKey_Refused()
    {
        SignaturesRequest request = NewRequest();
        KeyPair other = await TestKey.EnabledAsync(_node, TestKey.P256);

        await RefusedAsync(request with { KeyPair = other }, Sad(request).Sign(_node.As1), "sad_wrong_key");
    }

    [Test]
    public async Task Sign_OtherSetThanApproved_Refused()
    {
        SignaturesRequest request = NewRequest(3);
        TestSad sad = Sad(request);
        SignatureRequest[] approved = [.. request.Requests];
        SignatureRequest[][] others =
        [
            [.. approved, NewRequest().Requests[0]],
            approved[..2],
            [approved[0], approved[1], NewRequest().Requests[0]],
            [approved[0], approved[0], approved[1]],
        ];

        foreach (SignatureRequest[] other in others)
        {
            await RefusedAsync(request with { Requests = other }, Sad(request).Sign(_node.As1), "sad_wrong_set");
        }

        await RefusedAsync(
            request, (sad with { Content = sad.Content with { Count = 4 } }).Sign(_node.As1), "sad_wrong_set");
    }

    [Test]
    public async Task Sign_ApprovedSetInAnotherOrder_SignsInTheOrderOfTheRequest()
    {
        SignaturesRequest request = NewRequest(3);
        string sad = Sad(request).Sign(_node.As1);
        SignatureRequest[] turned = [request.Requests[2], request.Requests[0], request.Requests[1]];

        Signatures signatures = (await _node.Client.SignAsync(request with { Requests = turned }, sad)).Signatures;

        for (int i = 0; i < 3; i++)
        {
            Assert.That(TestKey.Verifies(_key, Oids.EcdsaWithSha256, [], turned[i].Dtbs, signatures.Values[i]), Is.True);
        }
    }

    [Test]
    public async Task Sign_ThousandHashes_AllSignedInOrder()
    {
        SignaturesRequest request = NewRequest(1000);

        Signatures signatures = (await _node.Client.SignAsync(request, Sad(request).Sign(_node.As1))).Signatures;

        Assert.That(signatures.Values, Has.Count.EqualTo(1000));
        Assert.That(
            Enumerable.Range(0, 1000).All(i => TestKey.Verifies(_key, Oids.EcdsaWithSha256, [], request.Requests[i].Dtbs, signatures.Values[i])),
            Is.True);
    }

    [TestCase(0)]
    [TestCase(1001)]
    public async Task Sign_ImpossibleCount_Refused(int count)
    {
        SignaturesRequest request = NewRequest(count);

        (await _node.Client.SignAsync(request, Sad(request).Sign(_node.As1))).MustBe(HttpStatusCode.BadRequest, "malformed");
    }

    [TestCase(Oids.EcdsaWithSha256, 31, "digest_length")]
    [TestCase(Oids.EcdsaWithSha256, 33, "digest_length")]
    [TestCase(Oids.EcdsaWithSha256, 0, "digest_length")]
    [TestCase(Oids.Sha256WithRsa, 32, "algorithm_unsupported")]
    [TestCase("1.2.3", 32, "algorithm_unsupported")]
    [TestCase("", 32, "algorithm_unsupported")]
    public async Task Sign_WrongAlgorithmOrLength_Refused(string algorithm, int length, string code)
    {
        SignaturesRequest request = NewRequest() with { Requests = [new SignatureRequest(new byte[length], algorithm)] };

        await RefusedAsync(request, Sad(request).Sign(_node.As1), code, HttpStatusCode.BadRequest);
    }

    [Test]
    public async Task Sign_SadThatWasRefusedOnce_IsUsedUp()
    {
        SignaturesRequest right = NewRequest();
        string sad = Sad(right).Sign(_node.As1);
        await RefusedAsync(NewRequest(), sad, "sad_wrong_set");

        await RefusedAsync(right, sad, "sad_used");
    }

    [Test]
    public async Task Sign_SadThatWasUsedWithAnotherSet_IsToldAsUsed()
    {
        SignaturesRequest right = NewRequest();
        string sad = Sad(right).Sign(_node.As1);
        Assert.That((await _node.Client.SignAsync(right, sad)).Status, Is.EqualTo(HttpStatusCode.OK));

        await RefusedAsync(NewRequest(), sad, "sad_used");
    }

    [TestCase(Oids.Sha1WithRsa, 20)]
    [TestCase(Oids.Rsa, 32)]
    public async Task Sign_RsaWithSha1OrOpenDigest_Refused(string algorithm, int length)
    {
        KeyPair rsa = await TestKey.EnabledAsync(_node, TestKey.Rsa2048);
        SignaturesRequest request = NewRequest() with { KeyPair = rsa, Requests = [new SignatureRequest(new byte[length], algorithm)] };

        await RefusedAsync(request, Sad(request).Sign(_node.As1), "algorithm_unsupported", HttpStatusCode.BadRequest);
    }

    [Test]
    public async Task Sign_WrongPurpose_Refused()
    {
        SignaturesRequest request = NewRequest();

        await RefusedAsync(request with { Purpose = KeyPurposes.Authentication }, Sad(request).Sign(_node.As1), "wrong_purpose");
        string sad = Sad(request).Sign(_node.As1);
        Assert.That((await _node.Client.SignAsync(request with { Purpose = KeyPurposes.Signature }, sad)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Sign_KeyNotReady_Refused()
    {
        KeyPair generated = (await _node.Client.GenerateAsync(TestKey.P256)).KeyPair;
        KeyPair assigned = await TestKey.AssignedAsync(_node, TestKey.P256);
        KeyPair enabled = await TestKey.EnabledAsync(_node, TestKey.P256);
        KeyPair disabled = (await _node.Client.ChangeStatusAsync(enabled, TestKey.Signer, true, false)).KeyPair;

        await RefusedWithAsync(generated, "key_not_assigned");
        await RefusedWithAsync(assigned, "key_not_certified");
        await RefusedWithAsync(disabled, "key_disabled");
        await RefusedWithAsync(enabled, "key_outdated");
        await _node.Client.DeleteAsync(disabled, TestKey.Signer);
        await RefusedWithAsync(disabled, "key_deleted");
        await RefusedWithAsync(enabled, "key_deleted");

        async Task RefusedWithAsync(KeyPair key, string code)
        {
            SignaturesRequest request = NewRequest() with { KeyPair = key };
            await RefusedAsync(request, Sad(request).Sign(_node.As1), code);
        }
    }

    [Test]
    public async Task Sign_CertificateHasEnded_Refused()
    {
        KeyPair assigned = await TestKey.AssignedAsync(_node, TestKey.P256);
        byte[] certificate = TestKey.Certificate(assigned, notAfter: _node.Clock.GetUtcNow().AddSeconds(100));
        KeyPair key = (await _node.Client.ChangeStatusAsync(assigned, TestKey.Signer, true, true, certificate)).KeyPair;
        _node.Clock.Advance(TimeSpan.FromSeconds(102));
        SignaturesRequest request = NewRequest() with { KeyPair = key };

        await RefusedAsync(request, Sad(request).Sign(_node.As1), "key_expired");
    }
}
