using System.Net;
using NUnit.Framework;
using RemoteSigning.Sandbox;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>The signing PIN locks; the second signer's, so that nobody else is disturbed.</summary>
public sealed class PinLockTests
{
    [Test]
    public async Task Authorize_FiveWrongPinsInParallel_LocksEvenForTheRightOneAndAfterARestart()
    {
        RunningSandbox sandbox = SharedSandbox.Instance;
        using CscCaller caller = await CscCaller.LoginAsync(sandbox.Description, SharedSandbox.Second);
        string id = SharedSandbox.Second.Credentials[0].Id;

        CscAnswer[] wrong = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => caller.AuthorizeAsync(id, [new byte[32]], pin: $"9999{i:0000}")));
        CscAnswer right = await caller.AuthorizeAsync(id, [new byte[32]]);
        sandbox.Authorization.Kill();
        await sandbox.Authorization.StartAsync(CancellationToken.None);
        CscAnswer afterRestart = await caller.AuthorizeAsync(id, [new byte[32]]);

        Assert.Multiple(() =>
        {
            Assert.That(wrong.Select(a => a.Status), Is.All.EqualTo(HttpStatusCode.BadRequest));
            Assert.That(wrong.Count(a => a.Error == "invalid_pin"), Is.LessThanOrEqualTo(5), "no more than five guesses are judged");
            Assert.That(right.Description, Is.EqualTo("PIN locked"), right.ToString());
            Assert.That(afterRestart.Description, Is.EqualTo("PIN locked"), afterRestart.ToString());
        });
    }
}
