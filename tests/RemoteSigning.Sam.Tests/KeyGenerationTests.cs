using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Tests;

/// <summary>A cluster with a token for each node, whose keys travel with officers, gets a new key-encryption key and loses the old one.</summary>
[Category("Hsm")]
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class KeyGenerationTests
{
    private readonly TestOfficers _officers = new("a generation");
    private TestNode _one = null!; // Set before the test runs, like the others.
    private TestNode _two = null!;
    private TestHsmToken _tokenOfTwo = null!;

    [SetUp]
    public async Task Start()
    {
        _one = _officers.Create(out _);
        _two = _officers.Initialize("sam-2", _one, out _tokenOfTwo);
        _one.SetPeers([_one, _two]);
        _two.SetPeers([_one, _two]);
        await _one.StartAsync();
        await _two.StartAsync();
        await BeatAsync();
    }

    [TearDown]
    public async Task Stop()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
        _officers.Dispose();
    }

    [Test]
    public async Task AddAdoptResealRetire_TwoNodes_SignAllTheTimeAndRefuseTheOldGenerationInTheEnd()
    {
        KeyPair moved = await TestKey.EnabledAsync(_one, TestKey.P256);
        KeyPair left = await TestKey.EnabledAsync(_two, TestKey.P256);
        await MustSignAsync(moved);

        await RestartWithAsync(_one, () => _one.AddKeyEncryptionKeyAsync(_officers.Shares(2, 3)));
        await MustSignAsync(moved);
        Assert.That((await _one.Client.GetStatusAsync()).Peers![0].Generation, Is.EqualTo(1));
        KeyPair young = await TestKey.EnabledAsync(_one, TestKey.P256);
        Assert.That((await SignAsync(_one, young)).Status, Is.EqualTo(HttpStatusCode.OK));
        (await SignAsync(_two, young)).MustBe(HttpStatusCode.ServiceUnavailable, "service_unavailable");
        (await ResealAsync(_one, moved)).MustBe(HttpStatusCode.ServiceUnavailable, "service_unavailable");
        (await ResealAsync(_two, moved)).MustBe(HttpStatusCode.ServiceUnavailable, "service_unavailable");

        await RestartWithAsync(_two, () => _two.AdoptAsync(_one.InfrastructureFile, _officers.Shares(1, 2)));
        Assert.That(_tokenOfTwo.Holds("sam-kek-2"), Is.True);
        await MustSignAsync(young);
        KeyPair old = moved;
        Reply reply = await ResealAsync(_two, moved);
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body);
        moved = reply.KeyPair;
        await MustSignAsync(moved);

        await RestartWithAsync(_one, () => _one.RetireKeyEncryptionKeyAsync(1));
        await MustSignAsync(moved);
        await RestartWithAsync(_two, () => _two.AdoptAsync(_one.InfrastructureFile));
        await MustSignAsync(moved);
        await MustSignAsync(young);
        foreach (TestNode node in (TestNode[])[_one, _two])
        {
            (await SignAsync(node, left)).MustBe(HttpStatusCode.Forbidden, "key_outdated");
            (await SignAsync(node, old)).MustBe(HttpStatusCode.Forbidden, "key_outdated");
            (await ResealAsync(node, left)).MustBe(HttpStatusCode.Forbidden, "key_outdated");
            Assert.That(node.VerifyLog(out string said), Is.Zero, said);
        }

        Assert.That(File.ReadAllBytes(_two.InfrastructureFile), Is.EqualTo(File.ReadAllBytes(_one.InfrastructureFile)));
        string digest = (await _one.Client.GetStatusAsync()).Infrastructure!;
        Assert.That(Commands(_one.AdministrationRecords()), Is.EqualTo(Commands(_one.Records())).And.EqualTo(
            ((string, string)[])[("add_key_encryption_key", "generation 2: sam-kek-2"), ("retire_key_encryption_key", "generation 1")]));
        Assert.That(Commands(_two.AdministrationRecords()), Is.EqualTo(Commands(_two.Records())).And.EqualTo(
            ((string, string)[])[("adopt_infrastructure", "adds generation 2: sam-kek-2"), ("adopt_infrastructure", "retires generation 1")]));
        Assert.That(_two.AdministrationRecords().Last(r => r.Event == AuditEvents.AdoptInfrastructure).InfrastructureDigest, Is.EqualTo(digest));
    }

    private static IEnumerable<(string, string)> Commands(IEnumerable<AuditRecord> records) => records
        .Where(r => r.Event is AuditEvents.AddKeyEncryptionKey or AuditEvents.RetireKeyEncryptionKey or AuditEvents.AdoptInfrastructure)
        .Select(r => (r.Event, r.Reason!.Split(';')[0]));

    private async Task RestartWithAsync(TestNode node, Func<Task> command)
    {
        await node.StopAsync();
        await command();
        await node.StartAsync();
        await BeatAsync();
    }

    private async Task BeatAsync()
    {
        await _one.BeatAsync();
        await _two.BeatAsync();
    }

    private async Task MustSignAsync(KeyPair pair)
    {
        foreach (TestNode node in (TestNode[])[_one, _two])
        {
            Reply reply = await SignAsync(node, pair);
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body);
        }
    }

    private static async Task<Reply> SignAsync(TestNode node, KeyPair pair)
    {
        var request = new SignaturesRequest(
            [new SignatureRequest(RandomNumberGenerator.GetBytes(32), Oids.EcdsaWithSha256)], pair, new Signer(TestKey.Signer));
        return await node.Client.SignAsync(request, (await TestSad.ForAsync(node, request)).Sign(node.As1));
    }

    private static Task<Reply> ResealAsync(TestNode node, KeyPair pair) => node.Client.SendAsync(
        HttpMethod.Post,
        "/sam/v1/key_pairs/$body/reseal",
        JsonSerializer.SerializeToUtf8Bytes(new ResealKeyPairRequest(pair, new Signer(TestKey.Signer)), SamJson.Default.ResealKeyPairRequest));
}
