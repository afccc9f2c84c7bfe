using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Contracts;
using RemoteSigning.Pki.Authority;
using RemoteSigning.Pki.Data;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Pki.Tests;

[TestFixture]
internal sealed class RevocationTests
{
    [Test]
    public async Task Revoke_IssuedCertificate_IsOnTheNextListWithItsReason()
    {
        using X509Certificate2 certificate = await RevokedAsync(reason: 5);
        string text = await ListTextAsync();
        Assert.That(
            text,
            Does.Match($"Serial Number: {certificate.SerialNumber}\\s+Revocation Date: .*\\s+CRL entry extensions:\\s+X509v3 CRL Reason Code:\\s+Cessation Of Operation"));
    }

    [Test]
    public async Task Revoke_Unspecified_WritesNoReason()
    {
        using X509Certificate2 certificate = await RevokedAsync(reason: 0);
        string text = await ListTextAsync();
        Assert.That(text, Does.Match($"Serial Number: {certificate.SerialNumber}\\s+Revocation Date: .*\\s+(Serial Number|Signature Algorithm)"));
    }

    [Test]
    public async Task Revoke_IssuedCertificate_FailsAtOpenssl()
    {
        using X509Certificate2 certificate = await RevokedAsync(reason: 1);
        CommandResult verdict = Openssl.Try(
            "verify", "-crl_check_all", "-CAfile", PkiWorld.RootPem, "-untrusted", PkiWorld.IssuingPem,
            "-CRLfile", await Openssl.RevocationListsAsync(), Openssl.Write(certificate));
        Assert.That(verdict.ExitCode, Is.Not.Zero);
        Assert.That(verdict.Output + verdict.Error, Does.Contain("certificate revoked"));
    }

    [Test]
    public async Task Revoke_IssuedCertificate_RecordsWhoWhatAndWhen()
    {
        using X509Certificate2 certificate = await RevokedAsync(reason: 4);
        await using PkiDatabase database = PkiWorld.OpenDatabase();
        PkiEvent record = await database.Events.SingleAsync(
            e => e.Object == certificate.SerialNumber && e.Action == EventActions.CertificateRevoked);
        Assert.That(record.Actor, Is.EqualTo("ra-1"));
        Assert.That(record.Detail, Is.EqualTo("reason 4"));
        Assert.That(record.Time, Is.EqualTo(DateTimeOffset.UtcNow).Within(TimeSpan.FromMinutes(1)));
    }

    [Test]
    public async Task Revoke_Twice_IsAConflict()
    {
        using X509Certificate2 certificate = await RevokedAsync(reason: 4);
        using HttpResponseMessage again = await Requests.RevokeAsync(certificate.SerialNumber, reason: 1);
        Assert.That(await Requests.ProblemAsync(again), Is.EqualTo((409, Problem.InvalidRequest, ProblemCodes.Conflict)));
    }

    [Test]
    public async Task Revoke_InParallel_SucceedsOnce()
    {
        using X509Certificate2 certificate = await Requests.EnrollAsync(Requests.Good());
        HttpResponseMessage[] answers = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => Requests.RevokeAsync(certificate.SerialNumber)));
        Assert.That(answers.Count(a => a.StatusCode == HttpStatusCode.NoContent), Is.EqualTo(1));
        Assert.That(answers.Count(a => a.StatusCode == HttpStatusCode.Conflict), Is.EqualTo(9));
        Array.ForEach(answers, a => a.Dispose());
    }

    [Test]
    public async Task Revoke_UnknownSerial_IsNotFound()
    {
        using HttpResponseMessage answer = await Requests.RevokeAsync("0123456789ABCDEF");
        Assert.That(await Requests.ProblemAsync(answer), Is.EqualTo((404, Problem.InvalidRequest, ProblemCodes.NotFound)));
    }

    [Test]
    public async Task Revoke_OwnCertificates_IsNotFound()
    {
        await using PkiDatabase database = PkiWorld.OpenDatabase();
        using X509Certificate2 responder = await Authorities.LatestAsync(
            database, AuthorityNames.Issuing, ProfileNames.Responder, CancellationToken.None);
        foreach (string serial in new[] { responder.SerialNumber, PkiWorld.Issuing.SerialNumber, PkiWorld.Root.SerialNumber })
        {
            using HttpResponseMessage answer = await Requests.RevokeAsync(serial);
            Assert.That((int)answer.StatusCode, Is.EqualTo(404));
        }
    }

    [TestCase("{\"serial_number\":\"01\",\"reason\":2}", TestName = "Revoke_ReasonCaCompromise_IsRefused")]
    [TestCase("{\"serial_number\":\"01\",\"reason\":6}", TestName = "Revoke_ReasonHold_IsRefused")]
    [TestCase("{\"serial_number\":\"01\",\"reason\":8}", TestName = "Revoke_ReasonRemoveFromList_IsRefused")]
    [TestCase("{\"serial_number\":\"01\",\"reason\":-1}", TestName = "Revoke_ReasonNegative_IsRefused")]
    [TestCase("{\"serial_number\":\"xyz\"}", TestName = "Revoke_SerialNotHex_IsRefused")]
    [TestCase("{\"serial_number\":\"\"}", TestName = "Revoke_SerialEmpty_IsRefused")]
    [TestCase("{\"serial_number\":null}", TestName = "Revoke_SerialNull_IsRefused")]
    [TestCase("{\"reason\":1}", TestName = "Revoke_SerialMissing_IsRefused")]
    [TestCase("null", TestName = "Revoke_Null_IsRefused")]
    [TestCase("{\"serial_number\":", TestName = "Revoke_BrokenJson_IsRefused")]
    [TestCase("", TestName = "Revoke_Empty_IsRefused")]
    public async Task Revoke_Malformed_IsRefused(string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await PkiWorld.Client.PostAsync("/pki/v1/revocations", content);
        Assert.That(await Requests.ProblemAsync(answer), Is.EqualTo((400, Problem.InvalidRequest, ProblemCodes.Malformed)));
    }

    private static async Task<X509Certificate2> RevokedAsync(int reason)
    {
        X509Certificate2 certificate = await Requests.EnrollAsync(Requests.Good());
        using HttpResponseMessage answer = await Requests.RevokeAsync(certificate.SerialNumber, reason);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        return certificate;
    }

    private static async Task<string> ListTextAsync() => Openssl.Run(
        "crl", "-inform", "DER", "-text", "-noout", "-in", await Openssl.DownloadAsync("/crl/issuing.crl", ".crl"));
}
