using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Cryptoki;
using RemoteSigning.Pki.Authority;
using RemoteSigning.Pki.Data;
using RemoteSigning.Pki.Timestamping;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Pki.Tests;

/// <summary>The clock not to be trusted; HSM and database away; the key at its end.</summary>
[TestFixture]
internal sealed class TimestampFaultTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UtcNow;

    private readonly ManualClock _clock = new(Start);

    [Test]
    public async Task Clock_GoneBack_IsRefusedUntilItHasCaughtUp()
    {
        TimestampAuthority authority = Timestamps.Authority(clock: _clock);
        Assert.That(await AskAsync(authority), Is.Null);
        _clock.Advance(TimeSpan.FromMilliseconds(-1));
        Assert.That(await AskAsync(authority), Is.EqualTo(TimestampFailure.TimeNotAvailable));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That(await AskAsync(authority), Is.Null);
    }

    [Test]
    public async Task Clock_BeforeTheLastRecordedToken_IsRefused()
    {
        TimestampAuthority authority = Timestamps.Authority(clock: _clock, latest: _clock.GetUtcNow().AddMinutes(1));
        Assert.That(await AskAsync(authority), Is.EqualTo(TimestampFailure.TimeNotAvailable));
        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.That(await AskAsync(authority), Is.Null);
    }

    [Test]
    public async Task Latest_AfterAToken_IsItsTime()
    {
        byte[] answer = await Timestamps.AskAsync(Timestamps.Request());
        await using PkiDatabase database = PkiWorld.OpenDatabase();
        long certificate = PkiWorld.Service<TimestampIdentity>().Id;
        DateTimeOffset? latest = await TimestampJournal.LatestAsync(database, certificate, CancellationToken.None);
        Assert.That(latest, Is.EqualTo(TimestampAnswer.Read(answer).Token!.Time));
        Assert.That(await TimestampJournal.LatestAsync(database, certificate + 1_000, CancellationToken.None), Is.Null);
    }

    [TestCase(null, false)]
    [TestCase(16_000, false)]
    [TestCase(1_000, false)]
    [TestCase(999, true)]
    [TestCase(0, true)]
    public async Task Clock_MustBeSynchronized_IsBelievedOnlyWithinTheAccuracy(int? error, bool isGiven)
    {
        var discipline = new FixedDiscipline(error is { } e ? TimeSpan.FromMilliseconds(e) : null);
        TimestampAuthority authority = Timestamps.Authority(o => o.RequireSynchronizedClock = true, discipline: discipline);
        Assert.That(await AskAsync(authority), Is.EqualTo(isGiven ? (TimestampFailure?)null : TimestampFailure.TimeNotAvailable));
    }

    [Test]
    public void KernelClock_Asked_SaysWhatAdjtimexSays()
    {
        const string Script =
            "import ctypes,struct\nb=ctypes.create_string_buffer(208)\nr=ctypes.CDLL(None).adjtimex(b)\n"
            + "print(r==5 or bool(struct.unpack_from('<i',b.raw,40)[0]&0x40))";
        bool isUnsynchronized = Commands.Run("python3", ["-c", Script]).Trim() == "True";
        Assert.That(new KernelClock().MaximumError() is null, Is.EqualTo(isUnsynchronized));
    }

    [Test]
    public async Task Database_Away_IsSystemFailure() => Assert.That(
        await AskAsync(Timestamps.Authority(databases: new DeadDatabases())), Is.EqualTo(TimestampFailure.SystemFailure));

    [Test]
    public async Task Hsm_Away_IsSystemFailure()
    {
        TimestampIdentity identity = PkiWorld.Service<TimestampIdentity>();
        using var key = new DeadKey();
        Assert.That(
            await AskAsync(Timestamps.Authority(identity: identity with { Key = key })), Is.EqualTo(TimestampFailure.SystemFailure));
    }

    [TestCase("0000000000000001", "00000000000000FF", "30070201010202" + "00FF")]
    [TestCase("8000000000000000", "0000000000000000", "300E02090080000000000000000201" + "00")]
    public void Sign_EcdsaWithLeadingZeros_IsShortestDer(string r, string s, string der)
    {
        using var key = new FixedKey(Convert.FromHexString(r + s));
        Assert.That(Convert.ToHexString(TimestampKeys.Sign(key, [1])), Is.EqualTo(der));
    }

    [Test]
    public async Task Key_AtItsEnd_IsUsedNoMore()
    {
        DateTimeOffset end = PkiWorld.Service<TimestampIdentity>().KeyEnd;
        Assert.That(end, Is.InRange(DateTimeOffset.UtcNow.AddMonths(12), DateTimeOffset.UtcNow.AddMonths(13)));
        Assert.That(await AskAsync(Timestamps.Authority(clock: new ManualClock(end.AddMilliseconds(-1)))), Is.Null);
        Assert.That(await AskAsync(Timestamps.Authority(clock: new ManualClock(end))), Is.EqualTo(TimestampFailure.SystemFailure));
    }

    [Test]
    public async Task Journal_AfterAFailure_WritesAgain()
    {
        var databases = new FlakyDatabases();
        TimestampAuthority authority = Timestamps.Authority(databases: databases);
        Assert.That(await AskAsync(authority), Is.EqualTo(TimestampFailure.SystemFailure));
        databases.IsAway = false;
        Assert.That(await AskAsync(authority), Is.Null);
    }

    [Test]
    public async Task Journal_TooManyWaiting_RefusesMore()
    {
        using var gate = new ManualResetEventSlim();
        var databases = new FlakyDatabases { Gate = gate };
        TimestampJournal journal = Timestamps.Journal(databases);
        var first = Task.Run(() => journal.AddAsync(Record(), CancellationToken.None));
        await databases.Asked;
        var waiting = new List<Task> { first };
        TimestampRefusedException refusal = Assert.ThrowsAsync<TimestampRefusedException>(async () =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                waiting.Add(journal.AddAsync(Record(), CancellationToken.None));
            }

            await Task.CompletedTask;
        });
        gate.Set();
        Assert.That(refusal.Failure, Is.EqualTo(TimestampFailure.SystemFailure));
        Assert.That(waiting, Has.Count.EqualTo(10_001), "one is with the database, the others wait");
        await Task.WhenAll(waiting.Select(async t => await t.ContinueWith(_ => { }, TaskScheduler.Default)));
        Assert.That(waiting.All(t => t.IsFaulted), Is.True, "the database was away for all of them");
    }

    [Test]
    public async Task Journal_ManyAtOnce_RecordsEachOnce()
    {
        TimestampJournal journal = Timestamps.Journal(PkiWorld.Service<IDbContextFactory<PkiDatabase>>());
        IssuedTimestamp[] records = [.. Enumerable.Range(0, 500).Select(_ => Record())];
        await Task.WhenAll(records.Select(r => Task.Run(() => journal.AddAsync(r, CancellationToken.None))));
        await using PkiDatabase database = PkiWorld.OpenDatabase();
        byte[][] serials = [.. records.Select(r => r.SerialNumber)];
        Assert.That(await database.Timestamps.CountAsync(t => serials.Contains(t.SerialNumber)), Is.EqualTo(records.Length));
    }

    [Test]
    public async Task Journal_CertificateUnknownOrRevoked_RecordsNothingAndSignsNoMore()
    {
        using var key = new CountingKey(PkiWorld.Service<TimestampIdentity>().Key);
        TimestampIdentity identity = PkiWorld.Service<TimestampIdentity>() with { Key = key };
        TimestampAuthority authority = Timestamps.Authority(identity: identity, certificateId: long.MaxValue);
        Assert.That(await AskAsync(authority), Is.EqualTo(TimestampFailure.SystemFailure));
        Assert.That(await AskAsync(authority), Is.EqualTo(TimestampFailure.SystemFailure));
        Assert.That(key.Signatures, Is.EqualTo(1), "once it is known, nothing is signed");
        await using PkiDatabase database = PkiWorld.OpenDatabase();
        Assert.That(await database.Timestamps.AnyAsync(t => t.CertificateId == long.MaxValue), Is.False);
    }

    private static IssuedTimestamp Record() => new()
    {
        CertificateId = PkiWorld.OtherTimestampCertificate,
        SerialNumber = SerialNumbers.Draw(),
        Time = Start,
        Policy = PkiWorld.TimestampPolicy,
        HashAlgorithm = Timestamps.Sha256,
        Imprint = new byte[32],
    };

    /// <returns>Null when there is a token.</returns>
    private static async Task<TimestampFailure?> AskAsync(TimestampAuthority authority)
    {
        var answer = TimestampAnswer.Read(await authority.AnswerAsync(Timestamps.Request(), CancellationToken.None));
        Assert.That(answer.Failure is null, Is.EqualTo(answer.Token is not null));
        return answer.Failure;
    }

    private sealed class FixedDiscipline(TimeSpan? error) : IClockDiscipline
    {
        public TimeSpan? MaximumError() => error;
    }

    /// <summary>The world's database, away at first.</summary>
    private sealed class FlakyDatabases : IDbContextFactory<PkiDatabase>
    {
        private readonly TaskCompletionSource _asked = new();

        public bool IsAway { get; set; } = true;

        /// <summary>What each call waits for.</summary>
        public ManualResetEventSlim? Gate { get; init; }

        public Task Asked => _asked.Task;

        public PkiDatabase CreateDbContext()
        {
            _asked.TrySetResult();
            Gate?.Wait();
            return IsAway ? new DeadDatabases().CreateDbContext() : PkiWorld.OpenDatabase();
        }
    }

    private sealed class DeadKey : ECDsa
    {
        public override byte[] SignHash(byte[] hash) => throw new HsmException("C_Sign", 0x32);

        public override bool VerifyHash(byte[] hash, byte[] signature) => throw new NotSupportedException();
    }

    private sealed class CountingKey(AsymmetricAlgorithm key) : ECDsa
    {
        public int Signatures { get; private set; }

        public override byte[] SignHash(byte[] hash)
        {
            Signatures++;
            return ((ECDsa)key).SignHash(hash);
        }

        public override bool VerifyHash(byte[] hash, byte[] signature) => throw new NotSupportedException();
    }

    private sealed class FixedKey(byte[] signature) : ECDsa
    {
        public override byte[] SignHash(byte[] hash) => signature;

        public override bool VerifyHash(byte[] hash, byte[] signature) => throw new NotSupportedException();
    }
}
