using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Enrollment;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Tests;

/// <summary>Enabling, disabling and deleting when a peer is away, an answer is lost, or the operator goes away.</summary>
[NonParallelizable]
public sealed class LifecycleTests
{
    private World _world = null!; // Set before the first test; the next two before each.
    private CscClient _signer = null!;
    private CredentialCreated _made = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _world = await World.StartAsync("lifecycle");

    [OneTimeTearDown]
    public async Task StopAsync() => await _world.DisposeAsync();

    [SetUp]
    public async Task PrepareAsync()
    {
        _signer = await _world.NewSignerAsync();
        _made = await _world.EnrollAsync(_signer, World.P256());
    }

    [TearDown]
    public void CleanUp()
    {
        _world.Sam.Before = null;
        _signer.Dispose();
    }

    [Test]
    public async Task Delete_SamAway_RevokesTheCertificateAndNamesTheOtherStep()
    {
        await _world.Sam.Host.StopAsync();

        (HttpStatusCode status, string detail) = await DeleteAsync();
        await _world.Sam.Host.StartAsync();
        CscResult list = await _signer.PostAsync("credentials/list", "{}");
        (HttpStatusCode again, _) = await DeleteAsync();

        Assert.Multiple(() =>
        {
            Assert.That(status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
            Assert.That(detail, Is.EqualTo("The step \"delete key\" failed: The SAM cannot be reached. It can be repeated."));
            Assert.That(_world.Pki.Revoked, Does.Contain(SerialNumber()));
            Assert.That(list.Body.ToJsonString(), Is.EqualTo("""{"credentialIDs":[]}"""));
            Assert.That(again, Is.EqualTo(HttpStatusCode.NoContent));
            Assert.That(_world.Sam.Key(_made.KeyId).Deleted, Is.True);
        });
    }

    [Test]
    public async Task Delete_SamAndPkiAway_NamesBothSteps()
    {
        await _world.Sam.Host.StopAsync();
        _world.Pki.RefuseNext = "/pki/v1/revocations";

        (HttpStatusCode status, string detail) = await DeleteAsync();
        await _world.Sam.Host.StartAsync();

        Assert.That(status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(detail, Does.Contain("\"delete key\"").And.Contain("\"revoke certificate\""));
    }

    [Test]
    public async Task Delete_AnswerOfTheSamLost_IsDoneWhenRepeated()
    {
        _world.Sam.CutNextAnswer = true;

        (HttpStatusCode first, _) = await DeleteAsync();
        (HttpStatusCode second, _) = await DeleteAsync();

        Assert.That((first, second), Is.EqualTo((HttpStatusCode.ServiceUnavailable, HttpStatusCode.NoContent)));
        Assert.That(_world.Pki.Revoked, Does.Contain(SerialNumber()));
    }

    [Test]
    public async Task Delete_AfterALostChangeOfStatus_EndsTheCredential()
    {
        _world.Sam.CutNextAnswer = true;
        await SetStatusAsync(enabled: false);

        (HttpStatusCode status, string detail) = await DeleteAsync();

        Assert.That(status, Is.EqualTo(HttpStatusCode.NoContent), detail);
        Assert.That(_world.Sam.Key(_made.KeyId).Deleted, Is.True);
    }

    [Test]
    public async Task Status_AnswerLost_IsNeverASilentSuccess()
    {
        _world.Sam.CutNextAnswer = true;

        HttpStatusCode disable = await SetStatusAsync(enabled: false);
        HttpStatusCode enable = await SetStatusAsync(enabled: true);
        HttpStatusCode disableAgain = await SetStatusAsync(enabled: false);
        HttpStatusCode enableAgain = await SetStatusAsync(enabled: true);

        Assert.Multiple(() =>
        {
            Assert.That(disable, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
            Assert.That(enable, Is.EqualTo(HttpStatusCode.Forbidden), "the SAM knows a newer version: the lost request is to be repeated");
            Assert.That(disableAgain, Is.EqualTo(HttpStatusCode.NoContent));
            Assert.That(enableAgain, Is.EqualTo(HttpStatusCode.NoContent));
            Assert.That(_world.Sam.Key(_made.KeyId).Enabled, Is.True);
        });
    }

    [Test]
    public async Task EveryChange_OperatorGoesAwayOnceTheSamActs_IsFinishedAndStored()
    {
        using var gone = new CancellationTokenSource();
        _world.Sam.Before = _ => gone.Cancel();
        var lifecycle = _world.Services.GetRequiredService<CredentialLifecycle>();

        CredentialCreated made = await _world.Services.GetRequiredService<EnrollmentCourse>()
            .RunAsync(_signer.Signer, World.P256(), gone.Token);
        using var goneAgain = new CancellationTokenSource();
        _world.Sam.Before = _ => goneAgain.Cancel();
        await lifecycle.ChangeStatusAsync(_signer.Signer, made.Id, enabled: false, goneAgain.Token);
        CredentialRow stored = await FindAsync(made.Id);
        using var goneForGood = new CancellationTokenSource();
        _world.Sam.Before = _ => goneForGood.Cancel();
        await lifecycle.DeleteAsync(_signer.Signer, made.Id, goneForGood.Token);

        Assert.Multiple(() =>
        {
            Assert.That(new[] { gone, goneAgain, goneForGood }, Is.All.Matches<CancellationTokenSource>(g => g.IsCancellationRequested));
            Assert.That(stored, Has.Property("State").EqualTo(CredentialState.Ready).And.Property("Enabled").False);
            Assert.That(_world.Sam.Key(made.KeyId).Deleted, Is.True);
        });
    }

    private async Task<CredentialRow> FindAsync(string id)
    {
        await using ServerDatabase database = World.OpenDatabase(_world.Database);
        return await database.Credentials.AsNoTracking().SingleAsync(c => c.Id == id);
    }

    private string SerialNumber()
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(_made.Certificate);
        return certificate.SerialNumber;
    }

    private string Path => $"/enrollment/v1/signers/{_signer.Signer}/credentials/{_made.Id}";

    private async Task<HttpStatusCode> SetStatusAsync(bool enabled)
    {
        using HttpResponseMessage answer = await _world.Operator.PutAsJsonAsync(
            $"{Path}/status", new CredentialStatusRequest(enabled), EnrollmentJson.Default.CredentialStatusRequest);
        return answer.StatusCode;
    }

    private async Task<(HttpStatusCode Status, string Detail)> DeleteAsync()
    {
        using HttpResponseMessage answer = await _world.Operator.DeleteAsync(Path);
        return answer.StatusCode == HttpStatusCode.NoContent
            ? (answer.StatusCode, "")
            : (answer.StatusCode, (await answer.Content.ReadFromJsonAsync(EnrollmentJson.Default.ProblemDocument))!.Detail);
    }
}
