using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using RemoteSigning.Contracts;
using RemoteSigning.Cryptoki;
using RemoteSigning.Hosting;
using RemoteSigning.Pki.Authority;
using RemoteSigning.Pki.Data;
using RemoteSigning.Pki.Est;
using RemoteSigning.Pki.Ocsp;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Pki.Tests;

/// <summary>The database away, certificates at their end: what callers are told.</summary>
[TestFixture]
internal sealed class FaultTests
{
    private static readonly byte[] TryLater = [0x30, 0x03, 0x0A, 0x01, 0x03];
    private static readonly byte[] InternalError = [0x30, 0x03, 0x0A, 0x01, 0x02];
    private static readonly RegisteredClient Caller = new("ra-1", "registration-authority", []);

    [Test]
    public async Task Ocsp_DatabaseAway_SaysTryLater()
    {
        OcspResponder responder = Responder(new DeadDatabases(), TimeProvider.System);
        Assert.That(await responder.AnswerAsync(Request(), CancellationToken.None), Is.EqualTo(TryLater));
    }

    [Test]
    public async Task Ocsp_ResponderCertificateExpired_SaysInternalError()
    {
        var clock = new ManualClock(DateTimeOffset.UtcNow.AddMonths(14));
        OcspResponder responder = Responder(PkiWorld.Service<IDbContextFactory<PkiDatabase>>(), clock);
        Assert.That(await responder.AnswerAsync(Request(), CancellationToken.None), Is.EqualTo(InternalError));
    }

    [Test]
    public void Enroll_DatabaseAway_IsUnavailable()
    {
        Enrollment enrollment = Enrollment(new DeadDatabases(), TimeProvider.System);
        Assert.That(
            () => Outage.AnswerAsync(
                new DefaultHttpContext(),
                async context => (await enrollment.EnrollAsync(Caller, "signature", Requests.Good(), context.RequestAborted)).Dispose()),
            Throws.TypeOf<ProblemException>().With.Property(nameof(ProblemException.Problem)).EqualTo(Problem.Unavailable));
    }

    [Test]
    public void Enroll_IssuingCertificateExpired_IsUnavailable()
    {
        var clock = new ManualClock(DateTimeOffset.UtcNow.AddYears(10));
        Enrollment enrollment = Enrollment(PkiWorld.Service<IDbContextFactory<PkiDatabase>>(), clock);
        Assert.That(
            () => enrollment.EnrollAsync(Caller, "signature", Requests.Good(), CancellationToken.None),
            Throws.TypeOf<ProblemException>().With.Property(nameof(ProblemException.Problem)).EqualTo(Problem.Unavailable));
    }

    [Test]
    public async Task Enroll_NearTheEndOfTheIssuer_EndsWithIt()
    {
        var clock = new ManualClock(DateTimeOffset.UtcNow.AddYears(9));
        Enrollment enrollment = Enrollment(PkiWorld.Service<IDbContextFactory<PkiDatabase>>(), clock);
        using X509Certificate2 certificate = await enrollment.EnrollAsync(Caller, "signature", Requests.Good(), CancellationToken.None);
        Assert.That(certificate.NotAfter, Is.EqualTo(PkiWorld.Issuing.NotAfter));
    }

    [Test]
    public void Outage_HsmFailure_IsOne() => Assert.That(
        Outage.Is(new CryptographicException("signing", new HsmException("C_Sign", 0x32))), Is.True);

    [Test]
    public void Outage_DefectOfOurs_IsNone() => Assert.That(
        Outage.Is(new InvalidOperationException("defect", new ArgumentException("cause"))), Is.False);

    [Test]
    public void Signer_WithConfiguredPolicy_NamesIt()
    {
        var profiles = new CertificateProfiles(new() { PublicUrl = PkiWorld.Options.PublicUrl, PolicyOid = "1.3.6.1.4.1.32473.2.1" });
        CertificateRequest request = profiles.Signer("signature", CertificationRequest.Read(Requests.Good()), PkiWorld.Issuing);
        using X509Certificate2 certificate = PkiWorld.Service<Authorities>().Issuing.Sign(
            request, DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddDays(1));
        Assert.That(Extensions.Describe(certificate)[^1], Is.EqualTo("certificatePolicies 1.3.6.1.4.1.32473.2.1"));
        string verdict = Openssl.Run(
            "verify", "-x509_strict", "-policy_check", "-explicit_policy", "-policy", "1.3.6.1.4.1.32473.2.1",
            "-CAfile", PkiWorld.RootPem, "-untrusted", PkiWorld.IssuingPem, Openssl.Write(certificate));
        Assert.That(verdict, Does.Contain("OK"));
    }

    private static byte[] Request()
    {
        string file = PkiWorld.In("fault.orq");
        Openssl.Run("ocsp", "-issuer", PkiWorld.IssuingPem, "-serial", "0x77", "-no_nonce", "-reqout", file);
        return File.ReadAllBytes(file);
    }

    private static OcspResponder Responder(IDbContextFactory<PkiDatabase> databases, TimeProvider clock) => new(
        databases, PkiWorld.Service<Authorities>(), new OcspCache(clock), PkiWorld.Options, clock, NullLogger<OcspResponder>.Instance);

    private static Enrollment Enrollment(IDbContextFactory<PkiDatabase> databases, TimeProvider clock) => new(
        databases, PkiWorld.Service<Authorities>(), PkiWorld.Service<CertificateProfiles>(), PkiWorld.Options, clock,
        NullLogger<Enrollment>.Instance);
}
