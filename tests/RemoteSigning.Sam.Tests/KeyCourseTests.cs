using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Tests;

/// <summary>A key from its generation to its deletion, and what is refused on the way.</summary>
public sealed class KeyCourseTests
{
    private static readonly SignatureAlgorithm Pss = new(SignatureScheme.RsaPss, DigestAlgorithm.Sha256, 32);

    private TestNode _node = null!; // Set before any test runs.

    [OneTimeSetUp]
    public async Task Start() => _node = await TestNode.StartNewAsync();

    [OneTimeTearDown]
    public async Task Stop() => await _node.DisposeAsync();

    [TestCase("RSA", 2048, null, Oids.Sha256WithRsa, Oids.Sha384WithRsa, Oids.Sha512WithRsa, Oids.RsaPss)]
    [TestCase("RSA", 3072, null, Oids.Sha256WithRsa, Oids.RsaPss)]
    [TestCase("RSA", 4096, null, Oids.Sha512WithRsa)]
    [TestCase("ECDSA", null, "secp256r1", Oids.EcdsaWithSha256, Oids.EcdsaWithSha384, Oids.EcdsaWithSha512)]
    [TestCase("ECDSA", null, "prime256v1", Oids.EcdsaWithSha256)]
    [TestCase("ECDSA", null, "secp384r1", Oids.EcdsaWithSha256, Oids.EcdsaWithSha384)]
    [TestCase("ECDSA", null, "prime384v1", Oids.EcdsaWithSha384)]
    [TestCase("ECDSA", null, "secp521r1", Oids.EcdsaWithSha512)]
    [TestCase("ECDSA", null, "prime521v1", Oids.EcdsaWithSha512)]
    public async Task Course_EachKindOfKey_SignsInTheOrderOfTheRequest(string algorithm, int? size, string? curve, params string[] oids)
    {
        Reply generated = await _node.Client.GenerateAsync(new KeyTemplate(algorithm, size, curve));
        Assert.That(generated.Status, Is.EqualTo(HttpStatusCode.Created));
        KeyPair assigned = (await _node.Client.AssignAsync(generated.KeyPair, TestKey.Signer)).KeyPair;
        await ProveAsync(assigned, oids[0]);
        KeyPair certified = (await _node.Client.ChangeStatusAsync(
            assigned, TestKey.Signer, true, false, TestKey.Certificate(assigned))).KeyPair;
        KeyPair enabled = (await _node.Client.ChangeStatusAsync(certified, TestKey.Signer, true, true)).KeyPair;
        Assert.That(
            (int[])[generated.KeyPair.Version, assigned.Version, certified.Version, enabled.Version], Is.EqualTo((int[])[1, 2, 3, 4]));

        SignatureRequest[] requests = [.. oids.SelectMany(o => Enumerable.Range(0, 3).Select(_ => NewRequest(o)))];
        var request = new SignaturesRequest(requests, enabled, new Signer(TestKey.Signer));
        string sad = (await TestSad.ForAsync(_node, request)).Sign(_node.As1);
        Signatures signatures = (await _node.Client.SignAsync(request, sad)).Signatures;

        Assert.That(signatures.Values, Has.Count.EqualTo(requests.Length));
        for (int i = 0; i < requests.Length; i++)
        {
            Assert.That(
                TestKey.Verifies(
                    enabled, requests[i].SignatureAlgorithm!, requests[i].SignatureAlgorithmParameters ?? [], requests[i].Dtbs, signatures.Values[i]),
                Is.True,
                $"signature {i}");
        }
    }

    [TestCase("RSA", 2048, null, Oids.Sha1WithRsa)]
    [TestCase("ECDSA", null, "secp256r1", Oids.EcdsaWithSha1)]
    public async Task Sign_Sha1WhereThePolicyAllowsIt_VerifiesAndPssIsRefused(string algorithm, int? size, string? curve, string oid)
    {
        await using TestNode node = await TestNode.StartNewAsync(s => s["allow_sha1"] = true);
        KeyPair key = await TestKey.EnabledAsync(node, new KeyTemplate(algorithm, size, curve));
        byte[] digest = RandomNumberGenerator.GetBytes(20);
        var request = new SignaturesRequest([new SignatureRequest(digest, oid)], key, new Signer(TestKey.Signer));

        Signatures made = (await node.Client.SignAsync(request, (await TestSad.ForAsync(node, request)).Sign(node.As1))).Signatures;

        Assert.That(TestKey.Verifies(key, oid, [], digest, made.Values[0]), Is.True);
        byte[] parameters = new SignatureAlgorithm(SignatureScheme.RsaPss, DigestAlgorithm.Sha1, 20).Parameters();
        SignaturesRequest pss = request with { Requests = [new SignatureRequest(digest, Oids.RsaPss, parameters)] };
        (await node.Client.SignAsync(pss, (await TestSad.ForAsync(node, pss)).Sign(node.As1))).MustBe(HttpStatusCode.BadRequest, "algorithm_unsupported");
    }

    [Test]
    public async Task Answer_EachOne_CarriesTheProofOfItsRecord()
    {
        KeyPair generated = (await _node.Client.GenerateAsync(TestKey.P256)).KeyPair;
        LogProof proof = generated.Audit!; // Asserted by its use.
        using ECDsa auditKey = ECDsa.Create();
        auditKey.ImportFromPem((await _node.Client.GetStatusAsync()).AuditPublicKey);

        Assert.Multiple(() =>
        {
            Assert.That(proof.Record, Does.Contain(generated.KeyId).And.Contain("\"generate_key_pair\"").And.Contain("\"ssa\""));
            Assert.That(proof.Head.Verify(auditKey), Is.True);
            Assert.That(
                MerkleTree.VerifyInclusion(
                    MerkleTree.LeafHash(System.Text.Encoding.UTF8.GetBytes(proof.Record)),
                    proof.Index,
                    proof.Head.TreeSize,
                    proof.Path,
                    proof.Head.RootHash),
                Is.True);
        });
    }

    [TestCase("RSA", 1024, null)]
    [TestCase("RSA", 2049, null)]
    [TestCase("RSA", null, null)]
    [TestCase("RSA", 2048, "secp256r1")]
    [TestCase("ECDSA", null, "secp256k1")]
    [TestCase("ECDSA", 256, "secp256r1")]
    [TestCase("DSA", 2048, null)]
    public async Task Generate_OtherKeys_Refused(string algorithm, int? size, string? curve) =>
        (await _node.Client.GenerateAsync(new KeyTemplate(algorithm, size, curve))).MustBe(HttpStatusCode.BadRequest, "algorithm_unsupported");

    [Test]
    public async Task Assign_Twice_OnlyTheVerySameAssignmentIsRepeated()
    {
        KeyPair generated = (await _node.Client.GenerateAsync(TestKey.P256)).KeyPair;
        KeyPair assigned = (await _node.Client.AssignAsync(generated, TestKey.Signer)).KeyPair;

        KeyPair again = (await _node.Client.AssignAsync(generated, TestKey.Signer)).KeyPair;
        Assert.That(again.Sealed[..^64], Is.EqualTo(assigned.Sealed[..^64]));
        (await _node.Client.AssignAsync(generated, TestKey.Signer, purpose: KeyPurposes.Authentication)).MustBe(HttpStatusCode.Conflict, "key_assigned");
        (await _node.Client.AssignAsync(generated, "signer-2")).MustBe(HttpStatusCode.Conflict, "key_assigned");
    }

    [Test]
    public async Task Assign_ManyAtOnce_OneOwner()
    {
        KeyPair generated = (await _node.Client.GenerateAsync(TestKey.P256)).KeyPair;

        Reply[] replies = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => _node.Client.AssignAsync(generated, $"signer-{i}")));

        Assert.That(replies.Count(r => r.Status == HttpStatusCode.OK), Is.EqualTo(1));
        Assert.That(replies.Where(r => r.Status != HttpStatusCode.OK).Select(r => r.Problem.Code), Is.All.EqualTo("key_assigned"));
    }

    [Test]
    public async Task Assign_AssignedObject_Refused()
    {
        KeyPair assigned = await TestKey.AssignedAsync(_node, TestKey.P256);

        (await _node.Client.AssignAsync(assigned, "signer-2")).MustBe(HttpStatusCode.Conflict, "key_assigned");
    }

    [TestCase("", "signature", "delegated")]
    [TestCase("no name", "signature", "delegated")]
    [TestCase(TestKey.Subject, "encryption", "delegated")]
    [TestCase(TestKey.Subject, "signature", "device")] // Without devices
    [TestCase(TestKey.Subject, "signature", "none")]
    public async Task Assign_UnknownSubjectPurposeOrPolicy_Refused(string subject, string purpose, string policy)
    {
        KeyPair generated = (await _node.Client.GenerateAsync(TestKey.P256)).KeyPair;

        (await _node.Client.AssignAsync(generated, TestKey.Signer, subject, purpose, policy)).MustBe(HttpStatusCode.BadRequest, "malformed");
    }

    [Test]
    public async Task ProvePossession_OtherKeyOrSubjectOrBytes_Refused()
    {
        KeyPair key = await TestKey.AssignedAsync(_node, TestKey.P256);
        KeyPair other = await TestKey.AssignedAsync(_node, TestKey.P256);
        byte[] genuine = RequestInfo(key, TestKey.Subject);
        byte[] afterSequence = [.. genuine, 0];
        byte[][] refused =
        [
            RequestInfo(other, TestKey.Subject),
            RequestInfo(key, "CN=Somebody Else"),
            RequestInfo(key, TestKey.Subject.Replace("A Signer", "a signer", StringComparison.Ordinal)),
            afterSequence,
            genuine[..^1],
            SHA256.HashData(genuine),
            TestKey.Certificate(key),
            [],
        ];

        foreach (byte[] bytes in refused)
        {
            (await _node.Client.ProvePossessionAsync(key, bytes, Oids.EcdsaWithSha256)).MustBe(HttpStatusCode.BadRequest, "malformed");
        }
    }

    [Test]
    public async Task ProvePossession_NotAssigned_Refused()
    {
        KeyPair generated = (await _node.Client.GenerateAsync(TestKey.P256)).KeyPair;

        (await _node.Client.ProvePossessionAsync(generated, RequestInfo(generated, TestKey.Subject), Oids.EcdsaWithSha256))
            .MustBe(HttpStatusCode.Forbidden, "key_not_assigned");
    }

    [Test]
    public async Task ProvePossession_Certified_Refused()
    {
        KeyPair key = await TestKey.EnabledAsync(_node, TestKey.P256);

        (await _node.Client.ProvePossessionAsync(key, RequestInfo(key, TestKey.Subject), Oids.EcdsaWithSha256))
            .MustBe(HttpStatusCode.Conflict, "conflict");
    }

    [Test]
    public async Task ProvePossession_AssignedObjectOfACertifiedKey_Refused()
    {
        KeyPair assigned = await TestKey.AssignedAsync(_node, TestKey.P256);
        await _node.Client.ChangeStatusAsync(assigned, TestKey.Signer, true, true, TestKey.Certificate(assigned));

        (await _node.Client.ProvePossessionAsync(assigned, RequestInfo(assigned, TestKey.Subject), Oids.EcdsaWithSha256))
            .MustBe(HttpStatusCode.Forbidden, "key_outdated");
    }

    [Test]
    public async Task Certify_CertificateThatDoesNotFit_Refused()
    {
        KeyPair key = await TestKey.AssignedAsync(_node, TestKey.P256);
        KeyPair other = await TestKey.AssignedAsync(_node, TestKey.P256);

        await Refused(TestKey.Certificate(other), HttpStatusCode.BadRequest, "malformed");
        await Refused(TestKey.Certificate(key, "CN=Somebody Else"), HttpStatusCode.BadRequest, "malformed");
        await Refused(TestKey.Certificate(key, usage: X509KeyUsageFlags.DigitalSignature), HttpStatusCode.Forbidden, "wrong_purpose");
        await Refused(
            TestKey.Certificate(key, notAfter: _node.Clock.GetUtcNow().AddDays(-1)), HttpStatusCode.Forbidden, "key_expired");
        await Refused([.. TestKey.Certificate(key), 0], HttpStatusCode.BadRequest, "malformed");
        await Refused([1, 2, 3], HttpStatusCode.BadRequest, "malformed");
        await Refused(null, HttpStatusCode.BadRequest, "malformed");

        async Task Refused(byte[]? certificate, HttpStatusCode status, string code) =>
            (await _node.Client.ChangeStatusAsync(key, TestKey.Signer, true, true, certificate)).MustBe(status, code);
    }

    [Test]
    public async Task Certify_AuthenticationKeyWithContentCommitment_Refused()
    {
        KeyPair key = await TestKey.AssignedAsync(_node, TestKey.P256, KeyPurposes.Authentication);
        byte[] both = TestKey.Certificate(key, usage: X509KeyUsageFlags.NonRepudiation | X509KeyUsageFlags.DigitalSignature);

        (await _node.Client.ChangeStatusAsync(key, TestKey.Signer, true, true, both)).MustBe(HttpStatusCode.Forbidden, "wrong_purpose");
    }

    [Test]
    public async Task ChangeStatus_WithoutCertificationOrByAnother_Refused()
    {
        KeyPair assigned = await TestKey.AssignedAsync(_node, TestKey.P256);
        KeyPair enabled = await TestKey.EnabledAsync(_node, TestKey.P256);

        (await _node.Client.ChangeStatusAsync(assigned, TestKey.Signer, false, true)).MustBe(HttpStatusCode.Forbidden, "key_not_certified");
        (await _node.Client.ChangeStatusAsync(enabled, TestKey.Signer, false, true)).MustBe(HttpStatusCode.Conflict, "conflict");
        (await _node.Client.ChangeStatusAsync(enabled, "signer-2", true, false)).MustBe(HttpStatusCode.Forbidden, "wrong_signer");
    }

    [Test]
    public async Task ChangeStatus_SameAgainAfterALostAnswer_GivesTheSameVersion()
    {
        KeyPair enabled = await TestKey.EnabledAsync(_node, TestKey.P256);
        KeyPair disabled = (await _node.Client.ChangeStatusAsync(enabled, TestKey.Signer, true, false)).KeyPair;

        KeyPair again = (await _node.Client.ChangeStatusAsync(enabled, TestKey.Signer, true, false)).KeyPair;

        Assert.That(again.Version, Is.EqualTo(disabled.Version));
        (await _node.Client.ChangeStatusAsync(enabled, TestKey.Signer, true, true)).MustBe(HttpStatusCode.Forbidden, "key_outdated");
    }

    [Test]
    public async Task Delete_ByOwnersSsaOrOperator_EndsEveryVersion()
    {
        using SamClient operatorClient = _node.Connect(_node.Operator);
        KeyPair assigned = await TestKey.AssignedAsync(_node, TestKey.P256);
        KeyPair enabled = (await _node.Client.ChangeStatusAsync(
            assigned, TestKey.Signer, true, true, TestKey.Certificate(assigned))).KeyPair;
        KeyPair other = await TestKey.EnabledAsync(_node, TestKey.P256);

        (await _node.Client.DeleteAsync(enabled, "signer-2")).MustBe(HttpStatusCode.Forbidden, "wrong_signer");
        Assert.That((await _node.Client.DeleteAsync(enabled, TestKey.Signer)).As(SamJson.Default.DeletedKeyPair).KeyId, Is.EqualTo(enabled.KeyId));
        Assert.That((await operatorClient.DeleteAsync(other, TestKey.Signer)).Status, Is.EqualTo(HttpStatusCode.OK));

        (await _node.Client.ChangeStatusAsync(assigned, TestKey.Signer, true, true, TestKey.Certificate(assigned)))
            .MustBe(HttpStatusCode.Forbidden, "key_deleted");
        (await _node.Client.ChangeStatusAsync(enabled, TestKey.Signer, true, false)).MustBe(HttpStatusCode.Forbidden, "key_deleted");
        (await _node.Client.DeleteAsync(enabled, TestKey.Signer)).MustBe(HttpStatusCode.Forbidden, "key_deleted");
    }

    /// <summary>The answers to a change and to a deletion were lost: the caller has an older object only.</summary>
    [Test]
    public async Task Delete_WithAnOlderObject_EndsEveryVersion()
    {
        KeyPair assigned = await TestKey.AssignedAsync(_node, TestKey.P256);
        KeyPair enabled = (await _node.Client.ChangeStatusAsync(
            assigned, TestKey.Signer, true, true, TestKey.Certificate(assigned))).KeyPair;

        (await _node.Client.DeleteAsync(assigned, "signer-2")).MustBe(HttpStatusCode.Forbidden, "wrong_signer");
        Assert.That(
            (await _node.Client.DeleteAsync(assigned, TestKey.Signer)).As(SamJson.Default.DeletedKeyPair).KeyId, Is.EqualTo(assigned.KeyId));

        (await _node.Client.ChangeStatusAsync(enabled, TestKey.Signer, true, false)).MustBe(HttpStatusCode.Forbidden, "key_deleted");
        (await _node.Client.DeleteAsync(assigned, TestKey.Signer)).MustBe(HttpStatusCode.Forbidden, "key_deleted");
        (await _node.Client.DeleteAsync(enabled, TestKey.Signer)).MustBe(HttpStatusCode.Forbidden, "key_deleted");
    }

    private static SignatureRequest NewRequest(string oid)
    {
        if (oid == Oids.RsaPss)
        {
            return new SignatureRequest(RandomNumberGenerator.GetBytes(32), oid, Pss.Parameters());
        }

        Assert.That(SignatureAlgorithm.TryRead(oid, [], null, out SignatureAlgorithm? algorithm), Is.True);
        return new SignatureRequest(RandomNumberGenerator.GetBytes(algorithm!.Digest.Length), oid);
    }

    private static byte[] RequestInfo(KeyPair pair, string subject)
    {
        using ECDsa anyKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(
            new X500DistinguishedName(subject),
            PublicKey.CreateFromSubjectPublicKeyInfo(PublicKeyPem.Decode(pair.PublicKey), out _),
            HashAlgorithmName.SHA256);
        byte[] signed = request.CreateSigningRequest(X509SignatureGenerator.CreateForECDsa(anyKey));
        return new System.Formats.Asn1.AsnReader(signed, System.Formats.Asn1.AsnEncodingRules.DER).ReadSequence().ReadEncodedValue().ToArray();
    }

    private async Task ProveAsync(KeyPair pair, string algorithm)
    {
        byte[] info = RequestInfo(pair, TestKey.Subject);
        Reply reply = await _node.Client.ProvePossessionAsync(pair, info, algorithm);
        byte[] signature = reply.As(SamJson.Default.ProofOfPossession).Signature;
        Assert.That(SignatureAlgorithm.TryRead(algorithm, [], null, out SignatureAlgorithm? read), Is.True);
        Assert.That(
            TestKey.Verifies(pair, algorithm, [], CryptographicOperations.HashData(read!.Digest.Name, info), signature), Is.True);
    }
}
