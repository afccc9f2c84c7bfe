using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using NUnit.Framework;
using RemoteSigning.Cryptoki.Interop;
using RemoteSigning.Cryptoki.Worker;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Cryptoki.Tests;

/// <summary>What becomes of operations while workers come and go, by plan and otherwise.</summary>
[TestFixture]
[Category("Hsm")]
internal sealed class SupervisionTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly byte[] Digest = SHA256.HashData("document"u8);

    private readonly ConcurrentQueue<InnerWorker> _started = new();
    private readonly ConcurrentQueue<(string Reason, Exception? Failure)> _reports = new();
    private TickingClock _clock = null!; // Set before each test, as the others.
    private HsmOptions _options = null!;
    private WrappedKeyPair _wrapped = null!;
    private ECDsa _public = null!;
    private SupervisedHsm _hsm = null!;
    private Func<IWorkerProcess>? _start;

    [SetUp]
    public void SetUp()
    {
        FaultyModule.Clear();
        _started.Clear();
        _reports.Clear();
        _start = null;
        _clock = new TickingClock();
        _options = SharedToken.NewToken();
        using (Hsm first = Hsm.Open(_options))
        {
            first.GenerateKeyEncryptionKey("kek");
            _wrapped = first.GenerateWrappedEcdsa("kek", ECCurve.NamedCurves.nistP256);
        }

        _public = ECDsa.Create();
        _public.ImportSubjectPublicKeyInfo(_wrapped.PublicKeyInfo, out _);
        _options.Module = FaultyModule.Path;
    }

    [TearDown]
    public void TearDown()
    {
        FaultyModule.Clear();
        _hsm?.Dispose();
        _public.Dispose();
    }

    [Test]
    public void Recycle_AfterOperationsUnderLoad_NothingFailsAndTheLoginIsTheSame()
    {
        Open(new HsmWorkerOptions { RecycleAfterOperations = 100 });

        Threads.Run(4, _ =>
        {
            for (int i = 0; i < 200; i++)
            {
                Sign();
                _clock.Advance(TimeSpan.FromMilliseconds(1)); // So that the limit is looked at.
            }
        });

        AssertSoon(() => _reports.Count(r => r.Reason == "operations") >= 4);
        Assert.That(_reports.Where(r => r.Failure is not null), Is.Empty);
        Assert.That(_hsm.LoginGeneration, Is.EqualTo(1));
        AssertSoon(() => _started.Count(w => !w.Ended.IsCompleted) == 1);
        Assert.That(_started.Select(w => w.Failure), Is.All.Null);
    }

    [Test]
    public void Recycle_AfterItsAge_IsNotBefore()
    {
        Open(new HsmWorkerOptions { RecycleAfter = TimeSpan.FromHours(1) });

        _clock.Advance(TimeSpan.FromMinutes(59));
        Sign();
        Assert.That(_started, Has.Count.EqualTo(1));

        _clock.Advance(TimeSpan.FromMinutes(1));
        AssertSoon(() => _reports.Any(r => r.Reason == "age"));
        Sign();
        Assert.That(_hsm.LoginGeneration, Is.EqualTo(1));
    }

    [Test]
    public void Recycle_WorkerIsYoung_WaitsForItsLeastLife()
    {
        Open(new HsmWorkerOptions { RecycleAfterOperations = 1 }, TimeSpan.FromMinutes(1));
        Sign();

        _clock.Advance(TimeSpan.FromSeconds(59));
        Sign();
        Assert.That(_started, Has.Count.EqualTo(1));

        _clock.Advance(TimeSpan.FromSeconds(1));
        AssertSoon(() => _reports.Any(r => r.Reason == "operations"));
    }

    [Test]
    public async Task Recycle_OperationUnderWay_EndsInTheOldWorker()
    {
        Open(new HsmWorkerOptions { RecycleAfter = TimeSpan.FromSeconds(20) });
        FaultyModule.Hang("C_Sign");
        Task under = Task.Run(Sign);
        AssertSoon(() => FaultyModule.Hanging() == 1);

        _clock.Advance(TimeSpan.FromSeconds(20));
        AssertSoon(() => _reports.Any(r => r.Reason == "age"));
        Sign();
        Assert.That(_started.First().Ended.IsCompleted, Is.False);

        FaultyModule.Clear();
        await under;
        AssertSoon(() => _started.First().Ended.IsCompleted);
        Assert.That(_hsm.LoginGeneration, Is.EqualTo(1));
    }

    [Test]
    public void Recycle_SuccessorIsNotProved_TheOldOneGoesOn()
    {
        Open(new HsmWorkerOptions { RecycleAfter = TimeSpan.FromMinutes(1) });
        _hsm.Prove = _ => throw new InvalidOperationException("other keys");

        _clock.Advance(TimeSpan.FromMinutes(1));

        AssertSoon(() => _reports.Any(r => r.Failure is InvalidOperationException));
        Sign();
        Assert.That(_hsm.LoginGeneration, Is.EqualTo(1));
        Assert.That(_started.First().Ended.IsCompleted, Is.False);
    }

    [Test]
    public async Task Crash_OperationUnderWay_IsRepeatedOnceAndTheLoginIsANewOne()
    {
        Open(new HsmWorkerOptions());
        FaultyModule.Hang("C_Sign");
        Task under = Task.Run(Sign);
        AssertSoon(() => FaultyModule.Hanging() == 1);

        _started.First().Kill();

        await under;
        Assert.That(_hsm.LoginGeneration, Is.EqualTo(2));
        Assert.That(_reports.Select(r => r.Reason), Is.EqualTo(new[] { "start", "crash" }));
    }

    [Test]
    public void Crash_SecondWorkerToo_TheOperationFailsAndTheNextOneWorks()
    {
        Open(new HsmWorkerOptions());
        FaultyModule.Hang("C_Sign");
        FaultyModule.Hang("C_Sign");
        Task under = Task.Run(Sign);
        AssertSoon(() => FaultyModule.Hanging() == 1);
        _started.First().Kill();
        AssertSoon(() => FaultyModule.Hanging() == 2);

        _started.Last().Kill();

        Assert.That(() => under, Throws.InstanceOf<HsmException>().With.Message.Contains("second worker"));
        Sign();
        Assert.That(_hsm.LoginGeneration, Is.EqualTo(3));
    }

    [Test]
    public async Task Hang_BeyondTheDeadline_FailsThatOneAndRepeatsTheOthers()
    {
        Open(new HsmWorkerOptions());
        FaultyModule.Hang("C_Sign");
        Task first = Task.Run(Sign);
        AssertSoon(() => FaultyModule.Hanging() == 1);
        _clock.Advance(Deadline / 2);
        FaultyModule.Hang("C_Sign");
        Task second = Task.Run(Sign);
        AssertSoon(() => FaultyModule.Hanging() == 2);

        _clock.Advance((Deadline / 2) + TimeSpan.FromSeconds(1));

        Assert.That(() => first, Throws.InstanceOf<HsmException>().With.Message.Contains("30 s"));
        await second;
        Assert.That(_reports.Last().Reason, Is.EqualTo("deadline"));
        Assert.That(_hsm.LoginGeneration, Is.EqualTo(2));
    }

    [TestCase(Ckr.PinIncorrect)]
    [TestCase(Ckr.PinLocked)]
    public void Recycle_PinIsRefused_NoWorkerTriesItAgainAndTheOldOneGoesOn(uint returnValue)
    {
        Open(new HsmWorkerOptions { RecycleAfter = TimeSpan.FromMinutes(1) });
        FaultyModule.Fail("C_Login", new CULong(returnValue), 1);
        _clock.Advance(TimeSpan.FromMinutes(1));
        AssertSoon(() => _reports.Any(r => r.Failure is HsmException e && e.ReturnValue == returnValue));

        for (int i = 0; i < 20; i++)
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
            Sign();
        }

        Assert.That(FaultyModule.Logins(), Is.EqualTo(2));
        Assert.That(_started, Has.Count.EqualTo(2));

        _started.First().Kill();
        for (int i = 0; i < 20; i++)
        {
            Assert.That(Sign, Throws.InstanceOf<HsmException>().With.Property("ReturnValue").EqualTo(returnValue));
            _clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.That(FaultyModule.Logins(), Is.EqualTo(2));
    }

    [Test]
    public void Recycle_PinIsRefusedThenTheOldLoginIsLost_TheOldWorkerDoesNotTryItEither()
    {
        Open(new HsmWorkerOptions { RecycleAfter = TimeSpan.FromMinutes(1) });
        FaultyModule.Fail("C_Login", new CULong(Ckr.PinIncorrect), 1);
        _clock.Advance(TimeSpan.FromMinutes(1));
        AssertSoon(() => _reports.Any(r => r.Failure is not null));
        Sign();

        FaultyModule.Fail("C_UnwrapKey", new CULong(Ckr.DeviceRemoved), 1);

        for (int i = 0; i < 5; i++)
        {
            Assert.That(Sign, Throws.InstanceOf<HsmException>().With.Property("ReturnValue").EqualTo(Ckr.PinIncorrect));
        }

        Assert.That(FaultyModule.Logins(), Is.EqualTo(2));
    }

    [Test]
    public void Crash_PinOfTheSuccessorIsRefused_FailsAtOnceAndForGood()
    {
        Open(new HsmWorkerOptions());
        FaultyModule.Fail("C_Login", new CULong(Ckr.PinIncorrect), 1);

        _started.First().Kill();

        for (int i = 0; i < 20; i++)
        {
            Assert.That(Sign, Throws.InstanceOf<HsmException>().With.Property("ReturnValue").EqualTo(Ckr.PinIncorrect));
            _clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.That(FaultyModule.Logins(), Is.EqualTo(2));
        Assert.That(_started, Has.Count.EqualTo(2));
    }

    [Test]
    public void Crash_DuringTheLoginAgainAndAgain_EndsAfterThreeTries()
    {
        Open(new HsmWorkerOptions());
        int tries = 0;
        byte[] loginBegins = [6, 0, 0, 0, 0, 0, 0, 0, (byte)WorkerOutcome.Login, 1];
        _start = () =>
        {
            Interlocked.Increment(ref tries);
            return new SayingProcess(loginBegins);
        };

        _started.First().Kill();

        AssertSoon(() =>
        {
            _clock.Advance(TimeSpan.FromSeconds(30)); // The wait before a further try.
            return Volatile.Read(ref tries) == 3;
        });
        AssertSoon(() => _reports.Count(r => r.Failure is not null) == 3);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.That(Sign, Throws.InstanceOf<HsmException>().With.Message.Contains("look at the token"));
        Assert.That(Volatile.Read(ref tries), Is.EqualTo(3));
    }

    [Test]
    public void Start_Fails_IsTriedAgainAfterAWait()
    {
        Open(new HsmWorkerOptions());
        int tries = 0;
        _start = () => throw new IOException($"no memory, {Interlocked.Increment(ref tries)}");
        _started.First().Kill();
        Assert.That(Sign, Throws.InstanceOf<HsmException>().With.Message.Contains("no memory"));
        int before = Volatile.Read(ref tries);
        Assert.That(Sign, Throws.InstanceOf<HsmException>());
        Assert.That(Volatile.Read(ref tries), Is.EqualTo(before), "not without a wait");

        _start = null;
        _clock.Advance(TimeSpan.FromSeconds(30));
        AssertSoon(() => _reports.Last().Failure is null);
        Sign();
        Assert.That(_hsm.LoginGeneration, Is.EqualTo(2));
    }

    [Test]
    public void Recycle_TokenInUseIsTheStandby_TheSuccessorStaysWithIt()
    {
        HsmOptions standby = SharedToken.NewToken();
        using (Hsm other = Hsm.Open(standby))
        {
            other.GenerateKeyEncryptionKey("kek");
        }

        _options.Standby.Add(new StandbyToken { TokenLabel = standby.TokenLabel, PinFile = standby.PinFile });
        Open(new HsmWorkerOptions { RecycleAfter = TimeSpan.FromMinutes(1) });
        FaultyModule.Fail("C_UnwrapKey", new CULong(Ckr.DeviceRemoved), 1);
        FaultyModule.Fail("C_Login", new CULong(Ckr.DeviceRemoved), 1);
        Assert.That(_hsm.Exists("kek"));
        Assert.That(() => _hsm.GenerateWrappedEcdsa("kek", ECCurve.NamedCurves.nistP256), Throws.Nothing);
        Assert.That(Sign, Throws.InstanceOf<HsmException>(), "the other token has another key");
        Assert.That(_hsm.TokenLabel, Is.EqualTo(standby.TokenLabel));
        long generation = _hsm.LoginGeneration;

        _clock.Advance(TimeSpan.FromMinutes(1));
        AssertSoon(() => _reports.Any(r => r.Reason == "age"));

        Assert.That(_hsm.TokenLabel, Is.EqualTo(standby.TokenLabel));
        Assert.That(_hsm.LoginGeneration, Is.EqualTo(generation).And.EqualTo(2));
    }

    [Test]
    public async Task Dispose_OperationUnderWay_LetsItEnd()
    {
        Open(new HsmWorkerOptions());
        FaultyModule.Hang("C_Sign");
        Task under = Task.Run(Sign);
        AssertSoon(() => FaultyModule.Hanging() == 1);

        Task disposing = Task.Run(_hsm.Dispose);
        AssertSoon(() => IsRefused<ObjectDisposedException>(_hsm.Probe));
        Assert.That(disposing.IsCompleted, Is.False);
        FaultyModule.Clear();

        await under;
        await disposing;
        Assert.That(_started.Single().Ended.IsCompleted);
    }

    private static bool IsRefused<T>(Action action)
        where T : Exception
    {
        try
        {
            action();
            return false;
        }
        catch (T)
        {
            return true;
        }
    }

    private static void AssertSoon(Func<bool> condition) => Assert.That(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(30)));

    private void Open(HsmWorkerOptions limits, TimeSpan leastLife = default)
    {
        IWorkerProcess Start()
        {
            if (_start is { } start)
            {
                return start();
            }

            _options.Module = FaultyModule.OtherPath;
            var worker = InnerWorker.Start();
            _started.Enqueue(worker);
            return worker;
        }

        _hsm = SupervisedHsm.Open(new SupervisionSettings(_options, limits, Start, Deadline, _clock)
        {
            LeastLife = leastLife,
            Report = (reason, failure) => _reports.Enqueue((reason, failure)),
        });
    }

    private void Sign() => Assert.That(_public.VerifyHash(
        Digest,
        _hsm.SignWithWrapped("kek", _wrapped.WrappedPrivateKey, isRsa: false, [new HsmSignature(null, HashAlgorithmName.SHA256, 0, Digest)])[0]));
}
