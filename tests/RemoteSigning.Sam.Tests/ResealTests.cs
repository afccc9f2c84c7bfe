using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Commands;

namespace RemoteSigning.Sam.Tests;

/// <summary>Generations of the key-encryption key: added, moved to, retired.</summary>
[TestFixture]
[Category("Hsm")]
public sealed class ResealTests
{
    private TestNode _node = null!; // Set before each test.

    [SetUp]
    public async Task SetUp() => _node = await TestNode.StartNewAsync();

    [TearDown]
    public async Task TearDown() => await _node.DisposeAsync();

    [TestCase("RSA")]
    [TestCase("ECDSA")]
    public async Task Reseal_NewGeneration_SameKeySignsAsItsNextVersionAndTheOldOneIsOutdated(string algorithm)
    {
        bool isRsa = algorithm == "RSA";
        KeyPair old = await TestKey.EnabledAsync(_node, isRsa ? TestKey.Rsa2048 : TestKey.P256);
        await AddGenerationAsync();
        await MustSignAsync(old, isRsa);

        KeyPair moved = await ResealAsync(old);

        Assert.That((moved.Version, moved.KeyId, moved.PublicKey), Is.EqualTo((old.Version + 1, old.KeyId, old.PublicKey)));
        await MustSignAsync(moved, isRsa);
        (await SignAsync(old, isRsa)).MustBe(HttpStatusCode.Forbidden, "key_outdated");
        Assert.That(_node.Records().Last(r => r.Event == AuditEvents.Reseal).KeyVersion, Is.EqualTo(moved.Version));
        await _node.RestartAsync();
        await MustSignAsync(moved, isRsa);
    }

    [Test]
    public async Task Reseal_AnswerLostAndAskedAgain_GivesTheSameVersion()
    {
        KeyPair old = await TestKey.EnabledAsync(_node, TestKey.P256);
        await AddGenerationAsync();

        KeyPair first = await ResealAsync(old);
        KeyPair second = await ResealAsync(old);

        Assert.That(second.Version, Is.EqualTo(first.Version));
        await MustSignAsync(first, isRsa: false);
        await MustSignAsync(second, isRsa: false);
    }

    [Test]
    public async Task Reseal_NothingToDoOrNotAllowed_IsRefused()
    {
        KeyPair key = await TestKey.EnabledAsync(_node, TestKey.P256);
        (await PostAsync(key, TestKey.Signer)).MustBe(HttpStatusCode.Conflict, "conflict");
        KeyPair free = (await _node.Client.GenerateAsync(TestKey.P256)).KeyPair;
        await AddGenerationAsync();
        (await PostAsync(key, "signer-2")).MustBe(HttpStatusCode.Forbidden, "wrong_signer");
        (await PostAsync(free, TestKey.Signer)).MustBe(HttpStatusCode.Forbidden, "key_not_assigned");
        await _node.Client.DeleteAsync(key, TestKey.Signer);
        (await PostAsync(key, TestKey.Signer)).MustBe(HttpStatusCode.Forbidden, "key_deleted");
    }

    [Test]
    public async Task Retire_OldGeneration_OnlyMovedAndNewKeysSign()
    {
        KeyPair moved = await TestKey.EnabledAsync(_node, TestKey.P256);
        KeyPair left = await TestKey.EnabledAsync(_node, TestKey.P256);
        await AddGenerationAsync();
        moved = await ResealAsync(moved);

        await _node.StopAsync();
        await _node.RetireKeyEncryptionKeyAsync(1);
        await _node.StartAsync();

        await MustSignAsync(moved, isRsa: false);
        await MustSignAsync(await TestKey.EnabledAsync(_node, TestKey.P256), isRsa: false);
        (await SignAsync(left, isRsa: false)).MustBe(HttpStatusCode.Forbidden, "key_outdated");
        (await PostAsync(left, TestKey.Signer)).MustBe(HttpStatusCode.Forbidden, "key_outdated");
    }

    [TestCase("0")]
    [TestCase("1")]
    [TestCase("2")]
    [TestCase("x")]
    public async Task Retire_NewestOrUnknownGeneration_IsRefused(string generation)
    {
        await _node.StopAsync();

        Assert.That(
            () => AdminKeyEncryptionKeyCommand.RetireAsync(
                ["--config", _node.ConfigurationFile, "--generation", generation], TextWriter.Null, _node.Seams),
            Throws.InstanceOf<StartException>());
    }

    private async Task AddGenerationAsync()
    {
        await _node.StopAsync();
        await _node.AddKeyEncryptionKeyAsync();
        await _node.StartAsync();
    }

    private async Task<KeyPair> ResealAsync(KeyPair pair)
    {
        Reply reply = await PostAsync(pair, TestKey.Signer);
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK));
        return reply.KeyPair;
    }

    private Task<Reply> PostAsync(KeyPair pair, string signer) => _node.Client.SendAsync(
        HttpMethod.Post,
        "/sam/v1/key_pairs/$body/reseal",
        JsonSerializer.SerializeToUtf8Bytes(new ResealKeyPairRequest(pair, new Signer(signer)), SamJson.Default.ResealKeyPairRequest));

    private async Task<Reply> SignAsync(KeyPair pair, bool isRsa)
    {
        var request = new SignaturesRequest(
            [new SignatureRequest(RandomNumberGenerator.GetBytes(32), isRsa ? Oids.Sha256WithRsa : Oids.EcdsaWithSha256)], pair, new Signer(TestKey.Signer));
        return await _node.Client.SignAsync(request, (await TestSad.ForAsync(_node, request)).Sign(_node.As1));
    }

    private async Task MustSignAsync(KeyPair pair, bool isRsa) =>
        Assert.That((await SignAsync(pair, isRsa)).Status, Is.EqualTo(HttpStatusCode.OK));
}
