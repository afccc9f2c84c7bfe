using System.Net;
using System.Net.Http;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sandbox;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>
/// A new key-encryption key for two real nodes of the SAM, each with a token of its own, whose keys three officers carry: made on the
/// first node, adopted on the second, moved to by the signing server, the old one retired.
/// </summary>
public sealed class KeyGenerationTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    private RunningSandbox _sandbox = null!; // Set before the test, like the others.
    private CscCaller _caller = null!;
    private HttpClient _ssa = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _sandbox = await RunningSandbox.StartAsync(
            new SandboxOptions(
                Path.Combine(Installation.Current.Artifacts, "end-to-end", "generations"), "pin", SampleSigner.One, WithAgent: false, SamNodes: 2),
            Steps.Silent,
            CancellationToken.None);
        _caller = await CscCaller.LoginAsync(_sandbox.Description, Signer);
        _ssa = OperatorClient.CreateHttp(_sandbox.Description.TlsRoot, _sandbox.Description.SamClients.Ssa);
    }

    [TearDown]
    public async Task StopAsync()
    {
        _ssa?.Dispose();
        _caller?.Dispose();
        await _sandbox.DisposeAsync();
    }

    private SandboxDescription.Signer Signer => _sandbox.Description.Signers[0];

    [Test]
    public async Task AddAdoptResealRetire_ThroughTheSigningServer_SignsBeforeDuringAndAfter()
    {
        List<string> credentials = [.. Signer.Credentials.Select(c => c.Id)];
        await MustSignAsync(credentials);
        KeyPair forgotten = await MakeKeyAsync();

        await StoppedAsync(0, () => Run(0, "add-kek", _sandbox.SamShares(1, 3)));
        await MustSignAsync(credentials);
        CredentialCreated young = await _sandbox.Operator.CreateCredentialAsync(
            Signer.Id, new CredentialRequest("young", new KeyTemplate("ECDSA", NamedCurve: "secp256r1"), KeyPurposes.Signature, "1", "explicit", Pin: true, Otp: false), CancellationToken.None);
        credentials.Add(young.Id);
        await MustSignAsync(credentials);
        ResealProgress waiting = await ResealUntilAsync(p => p.Stalled is not null);
        Assert.That(waiting.Stalled, Does.Contain("generation"), "no key is moved to where one node cannot use it");

        await StoppedAsync(1, () => Run(1, "adopt", ["--infrastructure", _sandbox.SamInfrastructure(0), .. _sandbox.SamShares(2, 3)]));
        Task<ResealProgress> resealing = ResealUntilAsync(p => p.State == "finished");
        while (!resealing.IsCompleted)
        {
            await MustSignAsync(credentials, mayComeAgain: true);
        }

        ResealProgress done = await resealing;
        Assert.That((done.Moved + done.Newest, done.Failed, done.Unfinished), Is.EqualTo((credentials.Count, 0, 0)));
        await MustSignAsync(credentials);

        await StoppedAsync(0, () => RetireWithApproval(0));
        await StoppedAsync(1, () => Run(1, "adopt", "--infrastructure", _sandbox.SamInfrastructure(0)));
        await MustSignAsync(credentials);
        foreach (SandboxDescription.SamNode node in _sandbox.Description.SamNodes)
        {
            Assert.That(await ResealCodeAsync(node, forgotten), Is.EqualTo(ProblemCodes.KeyOutdated), node.Id);
            AuditRecord refusal = AuditLog.Records(node.Log).Last(r => r.Event == AuditEvents.Reseal);
            Assert.That((refusal.Outcome, refusal.Reason), Is.EqualTo((ProblemCodes.KeyOutdated, "generation 1 of the key-encryption key is retired")));
        }

        Assert.That(await File.ReadAllBytesAsync(_sandbox.SamInfrastructure(1)), Is.EqualTo(await File.ReadAllBytesAsync(_sandbox.SamInfrastructure(0))));
        foreach (CommandResult verified in AuditLog.Verify(_sandbox))
        {
            Assert.That(verified.ExitCode, Is.Zero, verified.Output + verified.Error);
        }
    }

    private string Run(int node, string command, params string[] arguments)
    {
        CommandResult result = _sandbox.SamAdmin(node, command, arguments);
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        return result.Output;
    }

    /// <summary>Under dual control: refused alone, done with the second operator's approval.</summary>
    private void RetireWithApproval(int node)
    {
        Assert.That(_sandbox.SamAdmin(node, "retire-kek", "--generation", "1").Error, Does.Contain("an operator must approve this"));
        string statement = Path.Combine(_sandbox.Folder, "retire-statement");
        Run(node, "retire-kek", "--generation", "1", "--statement", statement);
        string approval = _sandbox.ApproveForSam(node, statement, "sam-retire-kek+jws");
        Run(node, "retire-kek", "--generation", "1", "--approval", approval);
    }

    private async Task StoppedAsync(int node, Action command)
    {
        _sandbox.SamNodes[node].Stop();
        command();
        await _sandbox.SamNodes[node].StartAsync(CancellationToken.None);
        await _sandbox.WaitForPeersAsync(CancellationToken.None);
    }

    /// <summary>Each credential signs four times, so that the nodes take turns.</summary>
    /// <param name="mayComeAgain">Whether a key may be moved this very moment: then the client is told to come again.</param>
    private async Task MustSignAsync(IEnumerable<string> credentials, bool mayComeAgain = false)
    {
        foreach (string credential in credentials)
        {
            using X509Certificate2 certificate = await CertificateKey.GetAsync(_caller, credential);
            bool isRsa = certificate.PublicKey.Oid.Value == Oids.Rsa;
            for (int time = 0; time < 4; time++)
            {
                byte[] hash = RandomNumberGenerator.GetBytes(32);
                (byte[]? signature, CscAnswer answer) = await _caller.SignAsync(credential, hash, isRsa ? Oids.Sha256WithRsa : Oids.EcdsaWithSha256);
                if (mayComeAgain && answer.Error == "temporarily_unavailable")
                {
                    (signature, answer) = await _caller.SignAsync(credential, hash, isRsa ? Oids.Sha256WithRsa : Oids.EcdsaWithSha256);
                }

                Assert.That(signature is not null && certificate.Verifies(hash, signature, HashAlgorithmName.SHA256), Is.True, answer.ToString());
            }
        }
    }

    private async Task<ResealProgress> ResealUntilAsync(Func<ResealProgress, bool> isReached)
    {
        using HttpClient http = OperatorClient.CreateHttp(_sandbox.Description.TlsRoot, _sandbox.Description.SamClients.Operator);
        var address = new Uri(new Uri(_sandbox.Description.Administration), "/enrollment/v1/reseal");
        using HttpResponseMessage begun = await http.PutAsJsonAsync(address, new ResealRequest(6000), EnrollmentJson.Default.ResealRequest);
        Assert.That(begun.StatusCode, Is.EqualTo(HttpStatusCode.Accepted));
        using var guard = new CancellationTokenSource(Deadline);
        while (true)
        {
            // A run that was begun has a body.
            ResealProgress progress = (await http.GetFromJsonAsync(address, EnrollmentJson.Default.ResealProgress, guard.Token))!;
            if (isReached(progress))
            {
                return progress;
            }

            await Task.Delay(100, guard.Token);
        }
    }

    /// <summary>An assigned key under the first generation that no credential has, so that the signing server does not move it.</summary>
    private async Task<KeyPair> MakeKeyAsync()
    {
        SandboxDescription.SamNode node = _sandbox.Description.SamNodes[0];
        KeyPair made = await SendAsync(node, "/sam/v1/key_pairs", JsonContent.Create(
            new GenerateKeyPairRequest(new KeyTemplate("ECDSA", NamedCurve: "secp256r1")), SamJson.Default.GenerateKeyPairRequest));
        return await SendAsync(node, "/sam/v1/signers/$body/key_pairs", JsonContent.Create(
            new AssignKeyPairRequest(made, new Signer("forgotten"), "CN=Forgotten Example"), SamJson.Default.AssignKeyPairRequest));
    }

    private async Task<KeyPair> SendAsync(SandboxDescription.SamNode node, string path, HttpContent body)
    {
        using HttpResponseMessage answer = await _ssa.PostAsync(new Uri(new Uri(node.Url), path), body);
        Assert.That(answer.IsSuccessStatusCode, Is.True, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync(SamJson.Default.KeyPair))!;
    }

    private async Task<string> ResealCodeAsync(SandboxDescription.SamNode node, KeyPair pair)
    {
        using HttpResponseMessage answer = await _ssa.PostAsync(
            new Uri(new Uri(node.Url), "/sam/v1/key_pairs/$body/reseal"),
            JsonContent.Create(new ResealKeyPairRequest(pair, new Signer("forgotten")), SamJson.Default.ResealKeyPairRequest));
        return (await answer.Content.ReadFromJsonAsync(SamJson.Default.ProblemDocument))!.Code;
    }
}
