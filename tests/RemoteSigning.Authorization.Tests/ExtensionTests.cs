using System.Security.Cryptography;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests;

/// <summary>A SAD is replaced while signatures are left in its transaction.</summary>
[TestFixture]
public sealed class ExtensionTests
{
    private TestServer _server = null!; // Set before the first test, as is the next.
    private TestSigner _signer = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _server = await TestServer.StartAsync();
        _signer = await TestSigner.CreateAsync(_server);
    }

    [TearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Extend_LiveSad_ReplacesItAndKeepsTheCount()
    {
        ActivationCase old = await ActivationCase.ApproveAsync(_server, _signer, 3);
        Assert.That(await old.TryAsync(1), Is.EqualTo("201"));

        Transaction extended = await _server.Ssa.ExtendAsync(Extension(old));
        ActivationCase renewed = old with { Sad = extended.Sad };

        Assert.That(extended.Sad, Has.Length.EqualTo(43).And.Not.EqualTo(old.Sad));
        Assert.That(await old.TryAsync(1), Is.EqualTo("400 sad_invalid"));
        Assert.That(await _server.Ssa.TryExtendAsync(Extension(old)), Is.EqualTo("400 sad_invalid"));
        Assert.That(await renewed.TryAsync(3), Is.EqualTo("400 count_too_high"));
        Assert.That(await renewed.TryAsync(2), Is.EqualTo("201"));
        Assert.That(await _server.Ssa.TryExtendAsync(Extension(renewed)), Is.EqualTo("400 sad_invalid"), "nothing is left");
    }

    [Test]
    public async Task Extend_Expired_IsTooLate()
    {
        ActivationCase old = await ActivationCase.ApproveAsync(_server, _signer, 2);
        _server.Clock.Advance(TimeSpan.FromSeconds(300));

        Assert.That(await _server.Ssa.TryExtendAsync(Extension(old)), Is.EqualTo("400 sad_expired"));
    }

    [Test]
    public async Task Extend_AgainAndAgain_EndsWithTheTransaction()
    {
        ActivationCase live = await ActivationCase.ApproveAsync(_server, _signer, 2);
        var lives = new List<int>();
        for (int passed = 0; passed < 3600; passed += 290)
        {
            Transaction extended = await _server.Ssa.ExtendAsync(Extension(live));
            lives.Add(extended.ExpiresIn);
            live = live with { Sad = extended.Sad };
            _server.Clock.Advance(TimeSpan.FromSeconds(Math.Min(290, extended.ExpiresIn)));
        }

        Assert.That(lives.SkipLast(1), Is.All.EqualTo(300));
        Assert.That(lives[^1], Is.EqualTo(3600 - (12 * 290)));
        Session again = await _server.Ssa.SignInAsync(_signer.Account.Email, _signer.Password);
        Assert.That(
            await _server.Ssa.TryExtendAsync(Extension(live) with { AccessToken = again.AccessToken }), Is.EqualTo("400 sad_expired"));
    }

    [Test]
    public async Task Extend_HashBound_TakesApprovedHashesOnly()
    {
        byte[][] hashes = [Hash(), Hash(), Hash()];
        ActivationCase live = await ActivationCase.ApproveAsync(_server, _signer, 3, "2", r => r with { Hashes = hashes });
        Assert.That(await live.TryAsync(hashes[0]), Is.EqualTo("201"));

        Assert.That(await _server.Ssa.TryExtendAsync(Extension(live)), Is.EqualTo("400 hash_missing"));
        Assert.That(await _server.Ssa.TryExtendAsync(Extension(live, [])), Is.EqualTo("400 hash_missing"));
        Assert.That(await _server.Ssa.TryExtendAsync(Extension(live, [new byte[31]])), Is.EqualTo("400 digest_length"));
        Assert.That(await _server.Ssa.TryExtendAsync(Extension(live, [Hash()])), Is.EqualTo("400 hash_not_authorized"));
        Assert.That(await _server.Ssa.TryExtendAsync(Extension(live, [hashes[0]])), Is.EqualTo("400 hash_not_authorized"), "it is signed");
        Assert.That(await _server.Ssa.TryExtendAsync(Extension(live, [hashes[1], hashes[1]])), Is.EqualTo("400 hash_not_authorized"));

        Transaction extended = await _server.Ssa.ExtendAsync(Extension(live, [hashes[1]]));
        live = live with { Sad = extended.Sad };
        Assert.That(await live.TryAsync(Hash()), Is.EqualTo("400 hash_not_authorized"));
        Assert.That(await live.TryAsync(hashes[2], hashes[1]), Is.EqualTo("201"), "what was approved stays approved");
    }

    [Test]
    public async Task Extend_HashBoundToAnAlgorithm_TakesNoOther()
    {
        byte[] hash = Hash();
        ActivationCase live = await ActivationCase.ApproveAsync(
            _server, _signer, 1, "2", r => r with { Hashes = [hash], HashAlgorithm = Oids.Sha256 });

        Assert.That(
            await _server.Ssa.TryExtendAsync(Extension(live, [new byte[48]]) with { HashAlgorithm = Oids.Sha384 }),
            Is.EqualTo("400 hash_not_authorized"));
        Assert.That(
            await _server.Ssa.TryExtendAsync(Extension(live, [hash]) with { HashAlgorithm = Oids.Sha256 }), Is.EqualTo("201"));
    }

    [Test]
    public async Task Extend_WhatIsNotOnesOwn_IsInvalid()
    {
        ActivationCase live = await ActivationCase.ApproveAsync(_server, _signer, 2);
        ActivationCase sibling = await ActivationCase.ApproveAsync(_server, _signer, 2);
        TestSigner other = await TestSigner.CreateAsync(_server);
        TransactionExtension request = Extension(live);

        Assert.That(await _server.Ssa.TryExtendAsync(request with { Sad = "none" }), Is.EqualTo("400 sad_invalid"));
        Assert.That(await _server.Ssa.TryExtendAsync(request with { CredentialId = sibling.Credential }), Is.EqualTo("400 sad_invalid"));
        Assert.That(await _server.Ssa.TryExtendAsync(request with { AccessToken = other.Token }), Is.EqualTo("400 sad_invalid"));
        Assert.That(await _server.Ssa.TryExtendAsync(request with { AccessToken = "none" }), Is.EqualTo("401 token_invalid"));
        Assert.That(await _server.OtherSsa.TryExtendAsync(request), Is.EqualTo("401 token_invalid"));
        Assert.That(await _server.Ssa.TryExtendAsync(request), Is.EqualTo("201"));
    }

    [Test]
    public async Task Extend_FiftyTimesAtOnce_OneWins()
    {
        ActivationCase live = await ActivationCase.ApproveAsync(_server, _signer, 2);

        string[] answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => _server.Ssa.TryExtendAsync(Extension(live))));

        Assert.That(answers.Count(a => a == "201"), Is.EqualTo(1));
        Assert.That(answers.Count(a => a == "400 sad_invalid"), Is.EqualTo(49));
    }

    [Test]
    public async Task Extend_WhileUnitsAreTaken_NeitherLosesNorMakesOne()
    {
        ActivationCase live = await ActivationCase.ApproveAsync(_server, _signer, 30);

        Task<string>[] taking = [.. Enumerable.Range(0, 20).Select(_ => live.TryAsync(1))];
        Transaction extended = await _server.Ssa.ExtendAsync(Extension(live));
        int taken = (await Task.WhenAll(taking)).Count(a => a == "201");

        ActivationCase renewed = live with { Sad = extended.Sad };
        Assert.That(await renewed.TryAsync(30 - taken + 1), Is.EqualTo("400 count_too_high"));
        Assert.That(await renewed.TryAsync(30 - taken), Is.EqualTo("201"));
    }

    private static byte[] Hash() => RandomNumberGenerator.GetBytes(32);

    private static TransactionExtension Extension(ActivationCase live, IReadOnlyList<byte[]>? hashes = null) =>
        new(live.Signer.Token, live.Sad, live.Credential, hashes);
}
