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

    private Task<string> WrongAsync(TestSigner signer) => _server.Ssa.TryVerifyPinAsync(signer.Token, TestSigner.WrongPin);

    private Task<string> RightAsync(TestSigner signer) => _server.Ssa.TryVerifyPinAsync(signer.Token, signer.Pin);
}
