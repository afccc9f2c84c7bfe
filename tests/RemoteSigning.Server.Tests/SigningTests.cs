using System.Security.Cryptography;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Server.Tests.Fakes;

namespace RemoteSigning.Server.Tests;

/// <summary>signatures/signHash when everything goes well, and its limits.</summary>
public sealed class SigningTests
{
    private static World World => AssemblySetup.World;

    private static IEnumerable<TestCaseData> RsaAlgorithms()
    {
        foreach (DigestAlgorithm digest in (DigestAlgorithm[])[DigestAlgorithm.Sha256, DigestAlgorithm.Sha384, DigestAlgorithm.Sha512])
        {
            var pkcs1 = new SignatureAlgorithm(SignatureScheme.RsaPkcs1, digest);
            yield return new(pkcs1.Oid, null, null, digest.Oid);
            yield return new(pkcs1.Oid, digest.Oid, null, digest.Oid);
            yield return new(Oids.Rsa, digest.Oid, null, digest.Oid);
            foreach (int salt in (int[])[0, 20, digest.Length])
            {
                byte[] parameters = new SignatureAlgorithm(SignatureScheme.RsaPss, digest, salt).Parameters();
                yield return new(Oids.RsaPss, null, parameters, digest.Oid);
                yield return new(Oids.RsaPss, digest.Oid, parameters, digest.Oid);
            }
        }
    }

    private CscClient _client = null!; // Set before the first test, as are the next two.
    private CredentialCreated _rsa = null!;
    private CredentialCreated _ec = null!;

    [OneTimeSetUp]
    public async Task PrepareAsync()
    {
        _client = await World.NewSignerAsync();
        _rsa = await World.EnrollAsync(_client, World.Rsa());
        _ec = await World.EnrollAsync(_client, World.P256());
    }

    [OneTimeTearDown]
    public void CleanUp() => _client.Dispose();

    [TestCaseSource(nameof(RsaAlgorithms))]
    public async Task SignHash_EachRsaAlgorithm_Verifies(string signAlgo, string? hashAlgo, byte[]? parameters, string digestOid)
    {
        DigestAlgorithm digest = DigestAlgorithm.FromOid(digestOid)!;
        byte[][] hashes = [RandomNumberGenerator.GetBytes(digest.Length), RandomNumberGenerator.GetBytes(digest.Length)];
        string sad = (await _client.AuthorizeAsync(_rsa.Id, 2)).Sad;

        CscResult answer = await _client.SignAsync(_rsa.Id, sad, hashes, signAlgo, hashAlgo, parameters);

        Assert.That(answer.Status, Is.EqualTo(200), answer.ToString());
        byte[] record = World.Sam.Log.Records[^1].Digests!.SelectMany(d => Convert.FromHexString(d.Digest)).ToArray();
        Assert.That(record, Is.EqualTo(hashes.SelectMany(h => h)));
        Assert.That(answer.Signatures.Select(s => s.Length), Is.All.EqualTo(256));
        if (parameters is null)
        {
            Assert.That(hashes.Zip(answer.Signatures, (h, s) => VerifiesPkcs1(h, s, digest)), Is.All.True);
        }
    }

    [TestCase(Oids.EcdsaWithSha256, 32)]
    [TestCase(Oids.EcdsaWithSha384, 48)]
    [TestCase(Oids.EcdsaWithSha512, 64)]
    public async Task SignHash_EachEcdsaAlgorithm_ComesBackInOrder(string signAlgo, int length)
    {
        byte[][] hashes = [.. Enumerable.Range(0, 20).Select(_ => RandomNumberGenerator.GetBytes(length))];
        string sad = (await _client.AuthorizeAsync(_ec.Id, 20)).Sad;

        CscResult answer = await _client.SignAsync(_ec.Id, sad, hashes, signAlgo);

        using ECDsa key = PublicKeyOf(_ec);
        Assert.That(
            hashes.Zip(answer.Signatures, (h, s) => key.VerifyHash(h, s, DSASignatureFormat.Rfc3279DerSequence)),
            Is.All.True.And.Exactly(20).Items);
    }

    [Test]
    public async Task SignHash_ThousandHashes_AreSignedInOneRequest()
    {
        byte[][] hashes = [.. Enumerable.Range(0, 1000).Select(_ => World.Digest())];
        string sad = (await _client.AuthorizeAsync(_ec.Id, 1000)).Sad;

        CscResult answer = await _client.SignAsync(_ec.Id, sad, hashes, Oids.EcdsaWithSha256);

        Assert.That(answer.Signatures, Has.Count.EqualTo(1000));
    }

    [Test]
    public async Task SignHash_OneMoreThanAThousand_IsTooHigh()
    {
        byte[][] hashes = [.. Enumerable.Range(0, 1001).Select(_ => World.Digest())];

        CscResult answer = await _client.SignAsync(_ec.Id, "x", hashes, Oids.EcdsaWithSha256);

        Assert.That(answer.Refusal, Is.EqualTo((400, "invalid_request", "Numbers of signatures is too high")));
    }

    [Test]
    public async Task SignHash_OtherAlphabetAndNoPadding_IsTheSameHash()
    {
        CredentialCreated bound = await World.EnrollAsync(_client, World.P256(scal: "2"));
        byte[] hash = [.. Enumerable.Repeat((byte)0xfb, 32)];
        string sad = (await _client.AuthorizeAsync(bound.Id, 1, [hash])).Sad;
        string url = Convert.ToBase64String(hash).Replace('+', '-').Replace('/', '_').TrimEnd('=');

        CscResult answer = await _client.PostAsync(
            "signatures/signHash",
            $$"""{"credentialID":"{{bound.Id}}","SAD":"{{sad}}","hash":["{{url}}"],"signAlgo":"{{Oids.EcdsaWithSha256}}"}""");

        Assert.That(answer.Status, Is.EqualTo(200), answer.ToString());
    }

    [Test]
    public async Task SignHash_HashBound_TakesEachHashOnceInAnyOrder()
    {
        CredentialCreated bound = await World.EnrollAsync(_client, World.P256(scal: "2"));
        byte[][] hashes = [World.Digest(), World.Digest()];
        string sad = (await _client.AuthorizeAsync(bound.Id, 2, hashes)).Sad;

        CscResult other = await _client.SignAsync(bound.Id, sad, [World.Digest()], Oids.EcdsaWithSha256);
        CscResult twice = await _client.SignAsync(bound.Id, sad, [hashes[0], hashes[0]], Oids.EcdsaWithSha256);
        CscResult second = await _client.SignAsync(bound.Id, sad, [hashes[1]], Oids.EcdsaWithSha256);
        CscResult first = await _client.SignAsync(bound.Id, sad, [hashes[0]], Oids.EcdsaWithSha256);
        CscResult used = await _client.SignAsync(bound.Id, sad, [hashes[0]], Oids.EcdsaWithSha256);

        Assert.Multiple(() =>
        {
            Assert.That(other.Refusal, Is.EqualTo((400, "invalid_request", "Hash is not authorized by the SAD.")));
            Assert.That(twice.Description, Is.EqualTo("Hash is not authorized by the SAD."));
            Assert.That(second.Status, Is.EqualTo(200));
            Assert.That(first.Status, Is.EqualTo(200));
            Assert.That(used.Refusal, Is.EqualTo((400, "invalid_request", "Invalid parameter SAD")));
        });
    }

    [Test]
    public async Task SignHash_HundredParallelUsesOfOneSad_OneSignature()
    {
        string sad = (await _client.AuthorizeAsync(_ec.Id, 1)).Sad;
        int before = World.Sam.SignedRecords;
        byte[] hash = World.Digest();

        CscResult[] answers = await Task.WhenAll(
            Enumerable.Range(0, 100).Select(_ => _client.SignAsync(_ec.Id, sad, [hash], Oids.EcdsaWithSha256)));

        Assert.That(answers.Count(a => a.Status == 200), Is.EqualTo(1));
        Assert.That(
            answers.Where(a => a.Status != 200).Select(a => a.Refusal), Is.All.EqualTo((400, "invalid_request", "Invalid parameter SAD")));
        Assert.That(World.Sam.SignedRecords - before, Is.EqualTo(1));
    }

    [Test]
    public async Task SignHash_AuthenticationKey_SignsForItsPurpose()
    {
        CredentialCreated made = await World.EnrollAsync(_client, World.Rsa(purpose: KeyPurposes.Authentication));
        string sad = (await _client.AuthorizeAsync(made.Id, 1)).Sad;

        CscResult answer = await _client.SignAsync(made.Id, sad, [World.Digest()], Oids.Sha256WithRsa);

        Assert.That(answer.Status, Is.EqualTo(200), answer.ToString());
    }

    [TestCase(222, 200)]
    [TestCase(223, 400)]
    public async Task SignHash_SaltOfPss_MustFitTheModulus(int salt, int status)
    {
        // RFC 8017, 9.1.1: 256 bytes hold 32 of the digest, 2 more, and 222 of salt.
        string sad = (await _client.AuthorizeAsync(_rsa.Id, 1)).Sad;
        byte[] parameters = new SignatureAlgorithm(SignatureScheme.RsaPss, DigestAlgorithm.Sha256, salt).Parameters();

        CscResult answer = await _client.SignAsync(_rsa.Id, sad, [World.Digest()], Oids.RsaPss, null, parameters);

        Assert.That(answer.Status, Is.EqualTo(status), answer.ToString());
        Assert.That(answer.Description, Is.EqualTo(status == 200 ? null : "Invalid parameter signAlgoParams"));
    }

    [Test]
    public async Task SignHash_Sha1InPss_IsRefused()
    {
        byte[] parameters = new SignatureAlgorithm(SignatureScheme.RsaPss, DigestAlgorithm.Sha1, 20).Parameters();

        CscResult answer = await _client.SignAsync(_rsa.Id, "x", [new byte[20]], Oids.RsaPss, null, parameters);

        Assert.That(answer.Description, Is.EqualTo("Invalid parameter signAlgoParams"));
    }

    [Test]
    public async Task Receipt_OfASignature_ProvesItsRecord()
    {
        byte[] hash = World.Digest();
        string sad = (await _client.AuthorizeAsync(_ec.Id, 1)).Sad;
        await _client.SignAsync(_ec.Id, sad, [hash], Oids.EcdsaWithSha256);

        AuditReceipt? receipt = await World.FindReceiptAsync(hash);
        AuditReceipt? other = await World.FindReceiptAsync(World.Digest());

        Assert.Multiple(() =>
        {
            Assert.That(receipt!.CredentialId, Is.EqualTo(_ec.Id));
            Assert.That(receipt.Proof.Record, Does.Contain(Convert.ToHexStringLower(hash)));
            Assert.That(receipt.Proof.Head.Verify(World.Sam.Log.Key), Is.True);
            Assert.That(
                MerkleTree.VerifyInclusion(
                    MerkleTree.LeafHash(System.Text.Encoding.UTF8.GetBytes(receipt.Proof.Record)),
                    receipt.Proof.Index,
                    receipt.Proof.Head.TreeSize,
                    receipt.Proof.Path,
                    receipt.Proof.Head.RootHash),
                Is.True);
            Assert.That(other, Is.Null);
        });
    }

    private static bool VerifiesPkcs1(byte[] hash, byte[] signature, DigestAlgorithm digest)
    {
        FakeKey key = World.Sam.Key(World.Sam.Log.Records[^1].KeyId!);
        using RSA rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(key.PublicKeyInfo, out _);
        return rsa.VerifyHash(hash, signature, digest.Name, RSASignaturePadding.Pkcs1);
    }

    private static ECDsa PublicKeyOf(CredentialCreated credential)
    {
        ECDsa key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(World.Sam.Key(credential.KeyId).PublicKeyInfo, out _);
        return key;
    }
}
