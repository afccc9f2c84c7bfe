using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Sandbox;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>
/// Four callers make 200 signatures through the CSC API while something is broken, or more until it goes on: every call ends in a
/// signature that verifies or in a named error, and the logs of the SAM's nodes hold at least the signatures received.
/// </summary>
internal sealed class SigningLoad : IDisposable
{
    private const int Signatures = 200;
    private const int Callers = 4;
    private const int FaultAfter = 60;
    private const int GoodAfterwards = 20;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    /// <summary>How long a caller waits who was told to come again; refusals are quick, and would be over before the fault is.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly RunningSandbox _sandbox;
    private readonly CscCaller _caller;
    private readonly string _credential;
    private readonly X509Certificate2 _certificate;
    private readonly ConcurrentBag<byte[]> _good = [];
    private readonly ConcurrentBag<string> _bad = [];
    private readonly Lock _counting = new();
    private int _begun;
    private int _done;
    private int _goodAfterwards;
    private Task _fault = Task.CompletedTask;

    private SigningLoad(RunningSandbox sandbox, CscCaller caller, string credential, X509Certificate2 certificate)
    {
        _sandbox = sandbox;
        _caller = caller;
        _credential = credential;
        _certificate = certificate;
    }

    public static async Task<SigningLoad> PrepareAsync(RunningSandbox sandbox)
    {
        SandboxDescription.Signer signer = sandbox.Description.Signers[0];
        CscCaller caller = await CscCaller.LoginAsync(sandbox.Description, signer);
        string credential = signer.Credentials[0].Id;
        return new SigningLoad(sandbox, caller, credential, await CertificateKey.GetAsync(caller, credential));
    }

    /// <param name="fault">Begun after 60 signatures.</param>
    /// <param name="afterEach">Called after each further one.</param>
    public async Task RunAsync(Func<Task> fault, Action? afterEach = null)
    {
        using var guard = new CancellationTokenSource(Longest);
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(_ => CallAsync(fault, afterEach, guard.Token)));
        await _fault;
    }

    /// <summary>Two signatures more, which must succeed.</summary>
    public async Task AssertGoesOnAsync()
    {
        for (int time = 1; time <= 2; time++)
        {
            byte[] hash = RandomNumberGenerator.GetBytes(32);
            (byte[]? signature, CscAnswer answer) = await _caller.SignAsync(_credential, hash, Oids.Sha256WithRsa);
            Assert.That(signature, Is.Not.Null, $"after the fault: {answer}");
            Assert.That(_certificate.Verifies(hash, signature!, HashAlgorithmName.SHA256), Is.True);
        }
    }

    public void AssertAccounted()
    {
        HashSet<string> logged = [.. AuditLog.SignedRecords(_sandbox).SelectMany(r => r.Digests!).Select(d => d.Digest)];
        TestContext.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{_good.Count} signatures; errors: {string.Join("; ", _bad.GroupBy(b => b).Select(g => $"{g.Count()} × {g.Key}"))}"));
        Assert.Multiple(() =>
        {
            Assert.That(_good.Count + _bad.Count, Is.EqualTo(_begun).And.AtLeast(Signatures));
            Assert.That(_bad.Select(b => b.Split(':')[0]), Is.All.EqualTo("temporarily_unavailable"));
            Assert.That(_good.Select(Convert.ToHexStringLower), Is.SubsetOf(logged));
            Assert.That(_goodAfterwards, Is.GreaterThan(GoodAfterwards), "it went on while the load went on");
            foreach (CommandResult verified in AuditLog.Verify(_sandbox))
            {
                Assert.That(verified.ExitCode, Is.Zero, verified.Output + verified.Error);
            }
        });
    }

    public void Dispose()
    {
        _caller.Dispose();
        _certificate.Dispose();
    }

    private async Task CallAsync(Func<Task> fault, Action? afterEach, CancellationToken guard)
    {
        while (!guard.IsCancellationRequested && TryBegin())
        {
            bool isGood = await SignAsync();
            Count(isGood, fault, afterEach);
            if (!isGood)
            {
                await Task.Delay(Pause, CancellationToken.None);
            }
        }
    }

    private bool TryBegin()
    {
        lock (_counting)
        {
            if (_begun >= Signatures && _goodAfterwards > GoodAfterwards)
            {
                return false;
            }

            _begun++;
            return true;
        }
    }

    private void Count(bool isGood, Func<Task> fault, Action? afterEach)
    {
        lock (_counting)
        {
            _done++;
            if (_done == FaultAfter)
            {
                _fault = fault();
            }
            else if (_done > FaultAfter)
            {
                _goodAfterwards += isGood ? 1 : 0;
                afterEach?.Invoke();
            }
        }
    }

    private async Task<bool> SignAsync()
    {
        byte[] hash = RandomNumberGenerator.GetBytes(32);
        (byte[]? signature, CscAnswer answer) = await _caller.SignAsync(_credential, hash, Oids.Sha256WithRsa);
        if (signature is null)
        {
            _bad.Add($"{answer.Error}: {answer.Description}");
            return false;
        }

        if (!_certificate.Verifies(hash, signature, HashAlgorithmName.SHA256))
        {
            _bad.Add("a signature that does not verify");
            return false;
        }

        _good.Add(hash);
        return true;
    }
}
