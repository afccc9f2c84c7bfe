using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests;

[TestFixture]
public sealed class ActivationTests
{
    private TestServer _server = null!; // Set before each test.
    private TestSigner _signer = null!; // Set before each test.

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await TestServer.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [SetUp]
    public async Task SignInAsync() => _signer = await TestSigner.CreateAsync(_server);

    [Test]
    public async Task Activate_ApprovedEntries_MintsASadOfExactlyThese()
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(
            _server, _signer, 2, change: r => r with { Description = "Two \u202eleases" });
        ActivationEntry[] entries = [ActivationCase.Entry(), ActivationCase.Entry()];

        Activation activation = await _server.Ssa.ActivateAsync(approved.Request(entries));

        long now = _server.Clock.GetUtcNow().ToUnixTimeSeconds();
        SadClaims claims = Read(activation);
        Assert.That(claims.Iss, Is.EqualTo(TestServer.Issuer));
        Assert.That(claims.Aud, Is.EqualTo(TestServer.Node));
        Assert.That(claims.Epoch, Is.EqualTo(ActivationCase.Epoch));
        Assert.That(claims.Jti, Is.EqualTo(activation.Jti).And.Length.EqualTo(32));
        Assert.That(claims.Iat, Is.EqualTo(now));
        Assert.That(claims.Exp, Is.EqualTo(now + 45));
        Assert.That(claims.Acr, Is.EqualTo(AssuranceLevel.Low));
        Assert.That(claims.Amr, Is.EqualTo(new[] { "pwd", "pin" }));

        string setDigest = Base64Url.EncodeToString(ActivationSet.Digest(entries));
        ActivationContent? content = JsonSerializer.Deserialize(claims.Content, ActivationJson.Default.ActivationContent);
        Assert.That(content, Is.EqualTo(new ActivationContent(
            1,
            TestServer.Node,
            ActivationCase.Epoch,
            content?.Transaction ?? "",
            _signer.Id,
            TestSigner.KeyOf(approved.Credential),
            2,
            setDigest,
            TokenState.DirectClient,
            Base64Url.EncodeToString(ActivationDisplay.Digest(TokenState.DirectClient, "Two leases", 2, setDigest)),
            now + 45)));
        Assert.That(content?.Transaction, Has.Length.EqualTo(32).And.Not.EqualTo(approved.Sad));
    }

    [Test]
    public async Task Activate_Thousand_FitsTheHeader()
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer, 1000);

        Activation activation = await _server.Ssa.ActivateAsync(
            approved.Request([.. Enumerable.Range(0, 1000).Select(_ => ActivationCase.Entry())]));

        Assert.That(activation.SamSad, Has.Length.LessThan(2048));
        Assert.That(Read(activation).Content, Does.Contain("\"count\":1000"));
    }

    [Test]
    public async Task Activate_OneUnitHundredTimesAtOnce_SucceedsOnce()
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer);

        string[] answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => approved.TryAsync()));

        Assert.That(answers.Count(a => a == "201"), Is.EqualTo(1));
        Assert.That(answers.Count(a => a == "400 sad_invalid"), Is.EqualTo(99));
    }

    [Test]
    public async Task Activate_TenUnitsHundredTimesAtOnce_SucceedsTenTimes()
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer, 10);

        string[] answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => approved.TryAsync()));

        Assert.That(answers.Count(a => a == "201"), Is.EqualTo(10));
        Assert.That(answers.Count(a => a == "400 sad_invalid"), Is.EqualTo(90));
    }

    [Test]
    public async Task Activate_SameApprovedHashAtOnce_SucceedsOnce()
    {
        byte[] hash = RandomNumberGenerator.GetBytes(32);
        byte[] other = RandomNumberGenerator.GetBytes(32);
        ActivationCase approved = await Scal2Async(hash, other);

        string[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => approved.TryAsync(hash)));

        Assert.That(answers.Count(a => a == "201"), Is.EqualTo(1));
        Assert.That(answers.Count(a => a == "400 hash_not_authorized"), Is.EqualTo(19));
        Assert.That(await approved.TryAsync(other), Is.EqualTo("201"));
    }

    [Test]
    public async Task Activate_InParts_CountsThemTogether()
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer, 3);

        Assert.That(await approved.TryAsync(2), Is.EqualTo("201"));
        Assert.That(await approved.TryAsync(2), Is.EqualTo("400 count_too_high"));
        Assert.That(await approved.TryAsync(1), Is.EqualTo("201"));
        Assert.That(await approved.TryAsync(1), Is.EqualTo("400 sad_invalid"));
    }

    [Test]
    public async Task Activate_Scal2_IsAMultisetInAnyOrder()
    {
        byte[] a = RandomNumberGenerator.GetBytes(32);
        byte[] b = RandomNumberGenerator.GetBytes(32);
        ActivationCase approved = await Scal2Async(a, a, b);

        Assert.That(await approved.TryAsync(RandomNumberGenerator.GetBytes(32)), Is.EqualTo("400 hash_not_authorized"));
        Assert.That(await approved.TryAsync(a, a, a), Is.EqualTo("400 hash_not_authorized"));
        Assert.That(await approved.TryAsync(b, a), Is.EqualTo("201"));
        Assert.That(await approved.TryAsync(b), Is.EqualTo("400 hash_not_authorized"));
        Assert.That(await approved.TryAsync(a), Is.EqualTo("201"));
        Assert.That(await approved.TryAsync(a), Is.EqualTo("400 sad_invalid"));
    }

    [Test]
    public async Task Activate_OtherAlgorithmThanApproved_IsNotAuthorized()
    {
        byte[] hash = RandomNumberGenerator.GetBytes(48);
        ActivationCase approved = await ActivationCase.ApproveAsync(
            _server, _signer, 1, "2", r => r with { Hashes = [hash], HashAlgorithm = Oids.Sha384 });
        byte[] pss = new SignatureAlgorithm(SignatureScheme.RsaPss, DigestAlgorithm.Sha384, 48).Parameters();

        Assert.That(await approved.TryAsync(hash[..32]), Is.EqualTo("400 hash_not_authorized"));
        Assert.That(
            await _server.Ssa.TryActivateAsync(approved.Request(new ActivationEntry(Oids.RsaPss, pss, hash))), Is.EqualTo("201"));
    }

    [Test]
    public async Task Activate_TokenOfAnotherSigner_IsAnsweredAsAnUnknownSad()
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer);
        TestSigner thief = await TestSigner.CreateAsync(_server);

        Assert.That(await approved.TryAsync(r => r with { AccessToken = thief.Token }), Is.EqualTo("400 sad_invalid"));
        Assert.That(await approved.TryAsync(r => r with { Sad = "unknown" }), Is.EqualTo("400 sad_invalid"));
        Assert.That(await approved.TryAsync(r => r with { Sad = "" }), Is.EqualTo("400 sad_invalid"));
        Assert.That(await approved.TryAsync(), Is.EqualTo("201"));
    }

    [Test]
    public async Task Activate_AnotherCredentialOfTheSigner_IsRefused()
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer);
        string other = await _signer.AddCredentialAsync();

        Assert.That(await approved.TryAsync(r => r with { CredentialId = other }), Is.EqualTo("400 sad_invalid"));
    }

    [Test]
    public async Task Activate_WithoutALiveToken_IsRefused()
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer);

        Assert.That(await approved.TryAsync(r => r with { AccessToken = "none" }), Is.EqualTo("401 token_invalid"));
        Assert.That(await approved.TryAsync(r => r with { AccessToken = r.Sad }), Is.EqualTo("401 token_invalid"));
        Assert.That(await _server.OtherSsa.TryActivateAsync(approved.Request()), Is.EqualTo("401 token_invalid"));
    }

    [Test]
    public async Task Activate_SadAtAnotherSsa_IsRefused()
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer);
        Session session = await _server.OtherSsa.SignInAsync(_signer.Account.Email, _signer.Password);

        Assert.That(
            await _server.OtherSsa.TryActivateAsync(approved.Request() with { AccessToken = session.AccessToken }),
            Is.EqualTo("400 sad_invalid"));
    }

    [Test]
    public async Task Activate_After300Seconds_IsExpired()
    {
        ActivationCase early = await ActivationCase.ApproveAsync(_server, _signer);
        ActivationCase late = await ActivationCase.ApproveAsync(_server, _signer);
        _server.Clock.Advance(TimeSpan.FromSeconds(299));
        Assert.That(await early.TryAsync(), Is.EqualTo("201"));
        _server.Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.That(await late.TryAsync(), Is.EqualTo("400 sad_expired"));
        Assert.That(await early.TryAsync(), Is.EqualTo("400 sad_invalid"));
    }

    [Test]
    public async Task Activate_EntriesOutOfBounds_AreRefusedAndTakeNothing()
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer);

        Assert.That(await approved.TryAsync(r => r with { Entries = [] }), Is.EqualTo("400 malformed"));
        Assert.That(await approved.TryAsync(1001), Is.EqualTo("400 count_too_high"));
        Assert.That(await approved.TryAsync(2), Is.EqualTo("400 count_too_high"));
        Assert.That(await approved.TryAsync(), Is.EqualTo("201"));
    }

    [TestCase(Oids.Sha256WithRsa, 31, "400 digest_length")]
    [TestCase(Oids.Sha256WithRsa, 0, "400 digest_length")]
    [TestCase(Oids.Sha256WithRsa, 48, "400 digest_length")]
    [TestCase(Oids.EcdsaWithSha384, 32, "400 digest_length")]
    [TestCase(Oids.EcdsaWithSha384, 48, "201")]
    [TestCase(Oids.Sha512WithRsa, 64, "201")]
    [TestCase(Oids.Sha1WithRsa, 20, "400 algorithm_unsupported")]
    [TestCase(Oids.Rsa, 32, "400 algorithm_unsupported")]
    [TestCase(Oids.RsaPss, 32, "400 algorithm_unsupported")]
    [TestCase("1.2.3", 32, "400 algorithm_unsupported")]
    [TestCase("", 32, "400 algorithm_unsupported")]
    public async Task Activate_AlgorithmAndDigest_FitExactly(string algorithm, int length, string answer)
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer);

        Assert.That(
            await _server.Ssa.TryActivateAsync(approved.Request(new ActivationEntry(algorithm, null, new byte[length]))),
            Is.EqualTo(answer));
    }

    [Test]
    public async Task Activate_UnknownNodeOrOddEpoch_IsRefused()
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer);

        Assert.That(await approved.TryAsync(r => r with { Node = "sam-9" }), Is.EqualTo("400 sad_wrong_node"));
        foreach (string epoch in new[] { "", new string('e', 31), new string('E', 32), new string('g', 32), new string('e', 33) })
        {
            Assert.That(await approved.TryAsync(r => r with { Epoch = epoch }), Is.EqualTo("400 malformed"), epoch);
        }
    }

    [Test]
    public async Task Activate_AfterRestart_StillCounts()
    {
        ActivationCase approved = await ActivationCase.ApproveAsync(_server, _signer, 2);
        Assert.That(await approved.TryAsync(1), Is.EqualTo("201"));

        await _server.RestartAsync();

        Assert.That(await approved.TryAsync(1), Is.EqualTo("201"));
        Assert.That(await approved.TryAsync(1), Is.EqualTo("400 sad_invalid"));
    }

    /// <summary>Verifies with the public key that the command <c>create</c> wrote.</summary>
    private SadClaims Read(Activation activation)
    {
        using ECDsa key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(Path.Combine(_server.DataFolder, "sad-public-key.pem")));
        Assert.That(CompactJws.TryRead(activation.SamSad, SadClaims.JwsType, out CompactJws? jws), Is.True);
        Assert.That(jws?.Verify(key), Is.True);
        Assert.That(jws?.Header.Kid, Is.EqualTo("as-sad-1"));
        return JsonSerializer.Deserialize(jws!.Payload, ActivationJson.Default.SadClaims) ?? throw new InvalidOperationException();
    }

    private Task<ActivationCase> Scal2Async(params byte[][] hashes) =>
        ActivationCase.ApproveAsync(_server, _signer, hashes.Length, "2", r => r with { Hashes = hashes });
}
