using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests;

[TestFixture]
public sealed class PinTests
{
    private TestServer _server = null!; // Set before each test.

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await TestServer.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Verify_RightPin_ForgetsEarlierFailures()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < 4; i++)
            {
                Assert.That(await WrongAsync(signer), Is.EqualTo("400 pin_invalid"));
            }

            Assert.That(await RightAsync(signer), Is.EqualTo("204"));
        }
    }

    [Test]
    public async Task Verify_FiveWrong_LocksAlsoTheRightPin()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);
        for (int i = 0; i < 5; i++)
        {
            Assert.That(await WrongAsync(signer), Is.EqualTo("400 pin_invalid"));
        }

        Assert.That(await WrongAsync(signer), Is.EqualTo("400 pin_locked"));
        Assert.That(await RightAsync(signer), Is.EqualTo("400 pin_locked"));
        string credential = await signer.AddCredentialAsync();
        Assert.That(
            await _server.Ssa.TryApproveAsync(new TransactionRequest(signer.Token, credential, 1, Pin: signer.Pin)),
            Is.EqualTo("400 pin_locked"));
    }

    [Test]
    public async Task Verify_FiftyWrongAtOnce_LooksAtFive()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);

        string[] answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => WrongAsync(signer)));

        Assert.That(answers.Count(a => a == "400 pin_invalid"), Is.EqualTo(5));
        Assert.That(answers.Count(a => a == "400 pin_locked"), Is.EqualTo(45));
    }

    [Test]
    public async Task Verify_ManyRightAtOnce_AllPassAndLeaveNoFailure()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);
        string credential = await signer.AddCredentialAsync();
        var request = new TransactionRequest(signer.Token, credential, 1, Pin: signer.Pin);

        string[] answers = await Task.WhenAll(Enumerable.Range(0, 32)
            .SelectMany(_ => new[] { RightAsync(signer), _server.Ssa.TryApproveAsync(request) }));

        Assert.That(answers, Is.All.EqualTo("204").Or.EqualTo("201"));
        Assert.That(await FailuresAsync(signer), Is.Zero);
    }

    [Test]
    public async Task Verify_RightAndFourWrongAtOnce_AllRightOnesPass()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);

        Task<string>[] right = [.. Enumerable.Range(0, 16).Select(_ => RightAsync(signer))];
        Task<string>[] wrong = [.. Enumerable.Range(0, 4).Select(_ => WrongAsync(signer))];
        Task<string>[] rightToo = [.. Enumerable.Range(0, 16).Select(_ => RightAsync(signer))];

        Assert.That(await Task.WhenAll([.. right, .. rightToo]), Is.All.EqualTo("204"));
        Assert.That(await Task.WhenAll(wrong), Is.All.EqualTo("400 pin_invalid"));
        Assert.That(await FailuresAsync(signer), Is.LessThanOrEqualTo(4));
    }

    [Test]
    public async Task Verify_RightAmongManyWrongAfterTheLock_GainsNothing()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => WrongAsync(signer)));

        string[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => i % 2 == 0 ? RightAsync(signer) : WrongAsync(signer)));

        Assert.That(answers, Is.All.EqualTo("400 pin_locked"));
        Assert.That(await FailuresAsync(signer), Is.EqualTo(5));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Approve_AbortedWithTheRightPin_DoesNotCountAsAFailure(CancellationToken cancel)
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);
        var request = new TransactionRequest(signer.Token, await signer.AddCredentialAsync(), 1, Pin: signer.Pin);
        await using AuthorizationDatabase database = await _server.OpenDatabaseAsync();
        await using (IDbContextTransaction hold = await database.Database.BeginTransactionAsync(cancel))
        {
            // Approvals pass the PIN and then wait here until their callers give up.
            await database.Database.ExecuteSqlRawAsync("LOCK TABLE authz.transactions IN ACCESS EXCLUSIVE MODE", cancel);
            using var hangUp = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            Task<string>[] calls = [.. Enumerable.Range(0, 5).Select(_ => _server.Ssa.TryApproveAsync(request, hangUp.Token))];
            await WaitersAsync(5, cancel);
            await hangUp.CancelAsync();
            foreach (Task<string> call in calls)
            {
                Assert.That(async () => await call, Throws.InstanceOf<OperationCanceledException>());
            }

            await WaitersAsync(0, cancel);
        }

        Assert.That(await FailuresAsync(signer), Is.Zero);
        Assert.That(await _server.Ssa.TryApproveAsync(request, cancel), Is.EqualTo("201"));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task Verify_AbortedWithAWrongPin_IsCounted(CancellationToken cancel)
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);
        await using AuthorizationDatabase database = await _server.OpenDatabaseAsync();
        await using (IDbContextTransaction hold = await database.Database.BeginTransactionAsync(cancel))
        {
            // The counting waits here; its callers do not.
            await database.Database.ExecuteSqlAsync($"SELECT 1 FROM authz.accounts WHERE signer = {signer.Id} FOR UPDATE", cancel);
            using var hangUp = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            Task<string>[] calls =
                [.. Enumerable.Range(0, 5).Select(_ => _server.Ssa.TryVerifyPinAsync(signer.Token, TestSigner.WrongPin, hangUp.Token))];
            await WaitersAsync(5, cancel);
            await hangUp.CancelAsync();
            foreach (Task<string> call in calls)
            {
                Assert.That(async () => await call, Throws.InstanceOf<OperationCanceledException>());
            }
        }

        while (await FailuresAsync(signer) < 5)
        {
            cancel.ThrowIfCancellationRequested();
        }

        Assert.That(await RightAsync(signer), Is.EqualTo("400 pin_locked"));
    }

    [Test]
    public async Task Verify_WrongAroundRestarts_AreCountedTogether()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);
        for (int i = 0; i < 5; i++)
        {
            Assert.That(await WrongAsync(signer), Is.EqualTo("400 pin_invalid"));
            await _server.RestartAsync();
        }

        Assert.That(await RightAsync(signer), Is.EqualTo("400 pin_locked"));
    }

    [Test]
    public async Task Verify_WrongAtLoginAndAtSigning_MoveOneCounter()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);
        string credential = await signer.AddCredentialAsync();
        var request = new TransactionRequest(signer.Token, credential, 1, Pin: TestSigner.WrongPin);
        for (int i = 0; i < 2; i++)
        {
            Assert.That(await WrongAsync(signer), Is.EqualTo("400 pin_invalid"));
            Assert.That(await _server.Ssa.TryApproveAsync(request), Is.EqualTo("400 pin_invalid"));
        }

        Assert.That(await WrongAsync(signer), Is.EqualTo("400 pin_invalid"));
        Assert.That(await _server.Ssa.TryApproveAsync(request), Is.EqualTo("400 pin_locked"));
    }

    [Test]
    public async Task Verify_LockedPin_IsThatSignersAlone()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);
        TestSigner other = await TestSigner.CreateAsync(_server);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => WrongAsync(signer)));

        Assert.That(await RightAsync(signer), Is.EqualTo("400 pin_locked"));
        Assert.That(await RightAsync(other), Is.EqualTo("204"));
    }

    [Test]
    public async Task Verify_InvalidToken_DoesNotTouchTheCounter()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);
        for (int i = 0; i < 6; i++)
        {
            Assert.That(await _server.Ssa.TryVerifyPinAsync("no token", TestSigner.WrongPin), Is.EqualTo("401 token_invalid"));
            Assert.That(
                await _server.OtherSsa.TryVerifyPinAsync(signer.Token, TestSigner.WrongPin), Is.EqualTo("401 token_invalid"));
        }

        Assert.That(await RightAsync(signer), Is.EqualTo("204"));
    }

    [Test]
    public async Task Reset_ByOperator_SetsTheNewPinAndUnlocks()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => WrongAsync(signer)));

        Assert.That(await _server.Operator.TryResetPinAsync(signer.Id, "13572468"), Is.EqualTo("204"));

        Assert.That(await RightAsync(signer), Is.EqualTo("400 pin_invalid"));
        Assert.That(await _server.Ssa.TryVerifyPinAsync(signer.Token, "13572468"), Is.EqualTo("204"));
    }

    [TestCase("12345", "400 malformed")]
    [TestCase("", "400 malformed")]
    [TestCase("1234567\u0000", "400 malformed")]
    [TestCase("pin\u00e4pin\u00e4", "400 malformed")]
    [TestCase("pass word 6", "204")]
    public async Task Reset_PinOutsideTheRules_IsRefused(string pin, string answer)
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);

        Assert.That(await _server.Operator.TryResetPinAsync(signer.Id, pin), Is.EqualTo(answer));
    }

    [TestCase("nobody")]
    [TestCase("a%20b")]
    public async Task Reset_UnknownSigner_IsNotFound(string signer) =>
        Assert.That(await _server.Operator.TryResetPinAsync(signer, "13572468"), Is.EqualTo("404 not_found"));

    /// <summary>Returns when exactly so many statements of this server wait for a lock.</summary>
    private async Task WaitersAsync(int count, CancellationToken cancel)
    {
        await using AuthorizationDatabase database = await _server.OpenDatabaseAsync();
        int waiting;
        do
        {
            waiting = await database.Database
                .SqlQuery<int>($"SELECT count(*)::int AS \"Value\" FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
                .SingleAsync(cancel);
        }
        while (waiting != count);
    }

    private async Task<int> FailuresAsync(TestSigner signer)
    {
        await using AuthorizationDatabase database = await _server.OpenDatabaseAsync();
        return await database.Accounts.Where(a => a.Signer == signer.Id).Select(a => a.PinFailures).SingleAsync();
    }

    private Task<string> WrongAsync(TestSigner signer) => _server.Ssa.TryVerifyPinAsync(signer.Token, TestSigner.WrongPin);

    private Task<string> RightAsync(TestSigner signer) => _server.Ssa.TryVerifyPinAsync(signer.Token, signer.Pin);
}
