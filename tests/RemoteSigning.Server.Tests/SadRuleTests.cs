using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Enrollment;

namespace RemoteSigning.Server.Tests;

/// <summary>
/// What a SAD is good for, in each version: at SCAL 1 it is bound to a count, at SCAL 2 to a multiset of hashes too.
/// In series, and with 50 callers at once.
/// </summary>
public sealed class SadRuleTests
{
    private const string Algorithm = Oids.EcdsaWithSha256;
    private const string Invalid = "Invalid parameter SAD";
    private const string TooHigh = "Numbers of signatures is too high";

    private static readonly int[] Versions = [0, 1, 2];

    private CscClient _signer = null!; // Set before the first test, as are the next two.
    private CredentialCreated _free = null!;
    private CredentialCreated _bound = null!;

    private static World World => AssemblySetup.World;

    [OneTimeSetUp]
    public async Task PrepareAsync()
    {
        _signer = await World.NewSignerAsync();
        _free = await World.EnrollAsync(_signer, World.P256());
        _bound = await World.EnrollAsync(_signer, World.P256(scal: "2"));
    }

    [OneTimeTearDown]
    public void CleanUp() => _signer.Dispose();

    [Test]
    public async Task Authorize_HashBound_IsRefusedWithoutHashes([ValueSource(nameof(Versions))] int version)
    {
        CscResult answer = await _signer.As(version).AuthorizeAsync(_bound.Id, 1);

        Assert.That(answer.Description, Is.EqualTo("Missing (or invalid type) array parameter hash"));
    }

    [Test]
    public async Task SignHash_UnboundHash_IsNotAuthorized([ValueSource(nameof(Versions))] int version)
    {
        CscClient client = _signer.As(version);
        byte[] approved = World.Digest();
        string sad = (await client.AuthorizeAsync(_bound.Id, 1, [approved])).Sad;

        CscResult other = await client.SignAsync(_bound.Id, sad, [World.Digest()], Algorithm);
        CscResult right = await client.SignAsync(_bound.Id, sad, [approved], Algorithm);

        Assert.That(other.Description, Is.EqualTo("Hash is not authorized by the SAD" + (version < 2 ? "." : "")));
        Assert.That(right.Status, Is.EqualTo(200), right.ToString());
    }

    [Test]
    public async Task SignHash_SameHashTwice_NeedsTwoApprovals([ValueSource(nameof(Versions))] int version)
    {
        CscClient client = _signer.As(version);
        byte[] hash = World.Digest();
        byte[] other = World.Digest();
        string once = (await client.AuthorizeAsync(_bound.Id, 2, [hash, other])).Sad;
        string twice = (await client.AuthorizeAsync(_bound.Id, 2, [hash, hash])).Sad;

        CscResult refused = await client.SignAsync(_bound.Id, once, [hash, hash], Algorithm);
        CscResult signed = await client.SignAsync(_bound.Id, twice, [hash, hash], Algorithm);

        Assert.That(refused.Description, Does.StartWith("Hash is not authorized by the SAD"));
        Assert.That(signed.Signatures, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task SignHash_CallsUnderOneSad_EndWithTheCount(
        [ValueSource(nameof(Versions))] int version, [Values("1", "2")] string scal, [Values] bool extended)
    {
        CscClient client = _signer.As(version);
        string credential = scal == "1" ? _free.Id : _bound.Id;
        byte[][] hashes = [.. Enumerable.Range(0, 5).Select(_ => World.Digest())];
        string sad = (await client.AuthorizeAsync(credential, 5, scal == "1" ? null : hashes)).Sad;

        CscResult first = await client.SignAsync(credential, sad, hashes[..2], Algorithm);
        string second = extended ? (await client.ExtendAsync(credential, sad, hashes[2..4])).Sad : sad;
        CscResult rest = await client.SignAsync(credential, second, hashes[2..4], Algorithm);
        CscResult more = await client.SignAsync(credential, second, [hashes[4], hashes[4]], Algorithm);
        CscResult last = await client.SignAsync(credential, second, [hashes[4]], Algorithm);
        CscResult dead = await client.SignAsync(credential, second, [hashes[4]], Algorithm);
        CscResult revived = await client.ExtendAsync(credential, second, [hashes[4]]);

        Assert.Multiple(() =>
        {
            Assert.That((first.Status, rest.Status, last.Status), Is.EqualTo((200, 200, 200)));
            Assert.That(more.Description, scal == "1" ? Is.EqualTo(TooHigh) : Does.StartWith("Hash is not authorized by the SAD"));
            Assert.That(dead.Refusal, Is.EqualTo((400, "invalid_request", Invalid)));
            Assert.That(revived.Refusal, Is.EqualTo((400, "invalid_request", Invalid)));
        });
    }

    [Test]
    public async Task Extend_LiveSad_KillsTheOldOne([ValueSource(nameof(Versions))] int version, [Values("1", "2")] string scal)
    {
        CscClient client = _signer.As(version);
        string credential = scal == "1" ? _free.Id : _bound.Id;
        byte[] hash = World.Digest();
        string old = (await client.AuthorizeAsync(credential, 1, scal == "1" ? null : [hash])).Sad;

        CscResult extended = await client.ExtendAsync(credential, old, [hash]);
        CscResult stale = await client.SignAsync(credential, old, [hash], Algorithm);
        CscResult fresh = await client.SignAsync(credential, extended.Sad, [hash], Algorithm);

        Assert.Multiple(() =>
        {
            Assert.That(extended.Body.Select(m => m.Key), Is.EqualTo(new[] { "SAD", "expiresIn" }));
            Assert.That(stale.Description, Is.EqualTo(Invalid));
            Assert.That(fresh.Status, Is.EqualTo(200), fresh.ToString());
        });
    }

    [Test]
    public async Task Extend_HashBound_TakesApprovedHashesOnly([ValueSource(nameof(Versions))] int version)
    {
        CscClient client = _signer.As(version);
        byte[] hash = World.Digest();
        string sad = (await client.AuthorizeAsync(_bound.Id, 1, [hash])).Sad;

        CscResult none = await client.ExtendAsync(_bound.Id, sad);
        CscResult empty = await client.ExtendAsync(_bound.Id, sad, []);
        CscResult other = await client.ExtendAsync(_bound.Id, sad, [World.Digest()]);

        Assert.Multiple(() =>
        {
            Assert.That(none.Description, Is.EqualTo("Missing (or invalid type) array parameter hash"));
            Assert.That(empty.Description, Is.EqualTo("Empty hash array"));
            Assert.That(other.Description, Does.StartWith("Hash is not authorized by the SAD"));
        });
    }

    [Test]
    public async Task Sad_OfAnotherSignerOrCredential_IsInvalid([ValueSource(nameof(Versions))] int version)
    {
        CscClient client = _signer.As(version);
        using CscClient other = (await World.NewSignerAsync()).As(version);
        CredentialCreated others = await World.EnrollAsync(other, World.P256());
        CredentialCreated sibling = await World.EnrollAsync(client, World.P256());
        string sad = (await client.AuthorizeAsync(_free.Id, 1)).Sad;
        byte[] hash = World.Digest();

        CscResult[] answers =
        [
            await other.SignAsync(others.Id, sad, [hash], Algorithm),
            await other.ExtendAsync(others.Id, sad, [hash]),
            await client.SignAsync(sibling.Id, sad, [hash], Algorithm),
            await client.ExtendAsync(sibling.Id, sad, [hash]),
        ];

        Assert.That(answers.Select(a => a.Refusal), Is.All.EqualTo((400, "invalid_request", Invalid)));
        Assert.That((await client.SignAsync(_free.Id, sad, [hash], Algorithm)).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task SignHash_FiftyCallersForTheLastUnit_OneWins(
        [ValueSource(nameof(Versions))] int version, [Values("1", "2")] string scal)
    {
        CscClient client = _signer.As(version);
        string credential = scal == "1" ? _free.Id : _bound.Id;
        byte[] first = World.Digest();
        byte[] hash = World.Digest();
        string sad = (await client.AuthorizeAsync(credential, 2, scal == "1" ? null : [first, hash])).Sad;
        await client.SignAsync(credential, sad, [first], Algorithm);
        int before = World.Sam.SignedRecords;

        CscResult[] answers = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(_ => client.SignAsync(credential, sad, [hash], Algorithm)));

        Assert.That(answers.Count(a => a.Status == 200), Is.EqualTo(1));
        Assert.That(answers.Where(a => a.Status != 200).Select(a => a.Description), Is.All.EqualTo(Invalid));
        Assert.That(World.Sam.SignedRecords - before, Is.EqualTo(1));
    }

    [Test]
    public async Task SignHash_FiftyCallersForTenUnits_TenWin([Values("1", "2")] string scal)
    {
        string credential = scal == "1" ? _free.Id : _bound.Id;
        byte[] hash = World.Digest();
        string sad = (await _signer.AuthorizeAsync(credential, 10, scal == "1" ? null : Enumerable.Repeat(hash, 10))).Sad;

        CscResult[] answers = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(_ => _signer.SignAsync(credential, sad, [hash], Algorithm)));

        Assert.That(answers.Count(a => a.Status == 200), Is.EqualTo(10));
        Assert.That(answers.Where(a => a.Status != 200).Select(a => a.Description), Is.All.EqualTo(Invalid));
    }

    [Test]
    public async Task Extend_FiftyCallersAtOnce_OneWins([Values("1", "2")] string scal)
    {
        string credential = scal == "1" ? _free.Id : _bound.Id;
        byte[] hash = World.Digest();
        string sad = (await _signer.AuthorizeAsync(credential, 1, scal == "1" ? null : [hash])).Sad;

        CscResult[] answers = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(_ => _signer.ExtendAsync(credential, sad, [hash])));

        Assert.That(answers.Count(a => a.Status == 200), Is.EqualTo(1));
        Assert.That(answers.Where(a => a.Status != 200).Select(a => a.Description), Is.All.EqualTo(Invalid));
    }
}
