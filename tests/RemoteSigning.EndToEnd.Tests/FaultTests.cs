using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;
using RemoteSigning.Sandbox;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>
/// Something is killed during 200 signatures: every call ends in a signature that verifies or in a named error, the
/// log holds at least the signatures received, and all goes on without restarting the others.
/// </summary>
public sealed class FaultTests
{
    private const int Signatures = 200;

    private const int KillAfter = 60;

    private RunningSandbox _sandbox = null!; // Set before each test.

    private SandboxDescription.Signer Signer => _sandbox.Description.Signers[0];

    [SetUp]
    public async Task StartAsync() => _sandbox = await RunningSandbox.StartAsync(
        new SandboxOptions(Path.Combine(Installation.Current.Artifacts, "end-to-end", "faults"), "pin", SampleSigner.One),
        Steps.Silent,
        CancellationToken.None);

    [TearDown]
    public async Task StopAsync() => await _sandbox.DisposeAsync();

    [Test]
    public async Task SamKilled_During200Signatures_EveryCallEndsAndAllGoesOn() =>
        await SignThroughCscAsync(async () =>
        {
            _sandbox.Sam.Kill();
            await _sandbox.Sam.StartAsync(CancellationToken.None);
        });

    [Test]
    public async Task HsmTokenGone_During200Signatures_EveryCallEndsAndAllGoesOn()
    {
        string tokens = _sandbox.Hsm("sam").TokenFolder;
        string away = tokens + ".away";
        int atLeastUntil = 0;
        await SignThroughCscAsync(
            () =>
            {
                Directory.Move(tokens, away);
                atLeastUntil = 20;
                return Task.CompletedTask;
            },
            () =>
            {
                if (--atLeastUntil == 0)
                {
                    Directory.Move(away, tokens);
                }
            });
        Assert.That(Directory.Exists(tokens), Is.True, "the token came back during the run");
    }

    [Test]
    public async Task AgentKilled_During200SignaturesOfOneProcess_EveryCallEndsAndTheProcessGoesOn()
    {
        using CscCaller caller = await CscCaller.LoginAsync(_sandbox.Description, Signer);
        using X509Certificate2 certificate = await CertificateKey.GetAsync(caller, Signer.Credentials[0].Id);
        using var driver = new CardDriver(_sandbox.Description, "rsa", Signatures, threads: 1);
        var results = new List<CardSignature>();
        await foreach (CardSignature result in driver.ReadAsync())
        {
            results.Add(result);
            if (results.Count == KillAfter)
            {
                _sandbox.Agent.Kill();
                await _sandbox.Agent.StartAsync(CancellationToken.None);
            }
        }

        using RSA key = certificate.GetRSAPublicKey()!;
        Assert.Multiple(() =>
        {
            Assert.That(results, Has.Count.EqualTo(Signatures));
            Assert.That(results.Where(r => r.IsSuccess).All(r => r.Verifies(key)), Is.True);
            Assert.That(results.Count(r => !r.IsSuccess), Is.LessThan(5), "only calls under way while the agent was away fail");
            Assert.That(results.TakeLast(50).All(r => r.IsSuccess), Is.True, "the process goes on");
            Assert.That(AuditLog.SignedRecords(_sandbox), Has.Count.GreaterThanOrEqualTo(results.Count(r => r.IsSuccess)));
        });
    }

    private async Task SignThroughCscAsync(Func<Task> fault, Action? afterEach = null)
    {
        using SigningLoad load = await SigningLoad.PrepareAsync(_sandbox);
        await load.RunAsync(fault, afterEach);
        await load.AssertGoesOnAsync();
        load.AssertAccounted();
    }
}
