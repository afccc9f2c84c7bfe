using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
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
        using CscCaller caller = await CscCaller.LoginAsync(_sandbox.Description, Signer);
        string id = Signer.Credentials[0].Id;
        using X509Certificate2 certificate = await CertificateKey.GetAsync(caller, id);
        var good = new ConcurrentBag<byte[]>();
        var bad = new ConcurrentBag<string>();
        int done = 0;
        int goodAfterwards = 0;
        Lock counting = new();
        Task faulted = Task.CompletedTask;
        await Parallel.ForEachAsync(Enumerable.Range(0, Signatures), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (_, _) =>
        {
            byte[] hash = RandomNumberGenerator.GetBytes(32);
            (byte[]? signature, CscAnswer answer) = await caller.SignAsync(id, hash, Oids.Sha256WithRsa);
            if (signature is null)
            {
                bad.Add($"{answer.Error}: {answer.Description}");
            }
            else if (certificate.Verifies(hash, signature, HashAlgorithmName.SHA256))
            {
                good.Add(hash);
            }
            else
            {
                bad.Add("a signature that does not verify");
            }

            lock (counting)
            {
                done++;
                if (done == KillAfter)
                {
                    faulted = fault();
                }
                else if (done > KillAfter)
                {
                    goodAfterwards += signature is null ? 0 : 1;
                    afterEach?.Invoke();
                }
            }
        });
        await faulted;
        await AssertGoesOnAsync(caller, id, certificate);
        AssertAccounted(good, bad);
        Assert.That(goodAfterwards, Is.GreaterThan(20), "it went on while the load went on");
    }

    private static async Task AssertGoesOnAsync(CscCaller caller, string id, X509Certificate2 certificate)
    {
        for (int time = 1; time <= 2; time++)
        {
            byte[] hash = RandomNumberGenerator.GetBytes(32);
            (byte[]? signature, CscAnswer answer) = await caller.SignAsync(id, hash, Oids.Sha256WithRsa);
            Assert.That(signature, Is.Not.Null, $"after the fault: {answer}");
            Assert.That(certificate.Verifies(hash, signature!, HashAlgorithmName.SHA256), Is.True);
        }
    }

    private void AssertAccounted(ConcurrentBag<byte[]> good, ConcurrentBag<string> bad)
    {
        HashSet<string> logged = [.. AuditLog.SignedRecords(_sandbox).SelectMany(r => r.Digests!).Select(d => d.Digest)];
        CommandResult verified = AuditLog.Verify(_sandbox);
        TestContext.Out.WriteLine($"{good.Count} signatures; errors: {string.Join("; ", bad.GroupBy(b => b).Select(g => $"{g.Count()} × {g.Key}"))}");
        Assert.Multiple(() =>
        {
            Assert.That(good.Count + bad.Count, Is.EqualTo(Signatures));
            Assert.That(bad.Select(b => b.Split(':')[0]), Is.All.EqualTo("temporarily_unavailable"));
            Assert.That(good.Select(Convert.ToHexStringLower), Is.SubsetOf(logged));
            Assert.That(verified.ExitCode, Is.Zero, verified.Output + verified.Error);
        });
    }
}
