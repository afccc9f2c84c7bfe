using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using RemoteSigning.Pki.Authority;
using RemoteSigning.Pki.Data;
using RemoteSigning.Pki.Revocation;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Pki.Tests;

[TestFixture]
internal sealed class RevocationListTests
{
    [TestCase("root")]
    [TestCase("issuing")]
    public async Task Get_List_IsSignedByItsIssuer(string issuer)
    {
        string file = await Openssl.DownloadAsync($"/crl/{issuer}.crl", ".crl");
        CommandResult result = Openssl.Try(
            "crl", "-inform", "DER", "-noout", "-CAfile", issuer == "root" ? PkiWorld.RootPem : PkiWorld.IssuingPem, "-in", file);
        Assert.That(result.Error, Does.Contain("verify OK"));
    }

    [Test]
    public async Task Get_List_HasExactlyItsExtensionsAndTimes()
    {
        string file = await Openssl.DownloadAsync("/crl/issuing.crl", ".crl");
        string text = Openssl.Run("crl", "-inform", "DER", "-text", "-noout", "-in", file);
        Assert.That(text, Does.Contain("Version 2").And.Contain("sha256WithRSAEncryption"));
        Assert.That(
            text,
            Does.Match(@"CRL extensions:\s+X509v3 Authority Key Identifier:\s+[0-9A-F:]{59}\s+X509v3 CRL Number:\s+\d+\s+(No Revoked|Revoked)"));
    }

    [Test]
    public async Task Get_List_HasItsMediaType()
    {
        using HttpResponseMessage answer = await PkiWorld.PublicClient.GetAsync("/crl/issuing.crl");
        Assert.That(answer.Content.Headers.ContentType, Is.EqualTo(new MediaTypeHeaderValue("application/pkix-crl")));
        using HttpResponseMessage certificate = await PkiWorld.PublicClient.GetAsync("/ca/issuing.crt");
        Assert.That(certificate.Content.Headers.ContentType, Is.EqualTo(new MediaTypeHeaderValue("application/pkix-cert")));
    }

    [Test]
    public async Task Get_WithoutChange_GivesTheSameList()
    {
        byte[] first = await PkiWorld.PublicClient.GetByteArrayAsync("/crl/issuing.crl");
        Assert.That(await PkiWorld.PublicClient.GetByteArrayAsync("/crl/issuing.crl"), Is.EqualTo(first));
    }

    [Test]
    public async Task Get_AfterRevocation_GivesTheNextNumber()
    {
        (_, long before) = await ServedAsync();
        using X509Certificate2 certificate = await Requests.EnrollAsync(Requests.Good());
        using HttpResponseMessage revoked = await Requests.RevokeAsync(certificate.SerialNumber, reason: 4);
        revoked.EnsureSuccessStatusCode();
        (string text, long after) = await ServedAsync();
        Assert.That(after, Is.EqualTo(before + 1));
        Assert.That(text, Does.Contain(certificate.SerialNumber));
    }

    [Test]
    public async Task Get_InParallelWhenOutOfDate_MakesOneList()
    {
        (_, long before) = await ServedAsync();
        using X509Certificate2 certificate = await Requests.EnrollAsync(Requests.Good());
        using HttpResponseMessage revoked = await Requests.RevokeAsync(certificate.SerialNumber);
        revoked.EnsureSuccessStatusCode();
        byte[][] lists = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => PkiWorld.PublicClient.GetByteArrayAsync("/crl/issuing.crl")));
        Assert.That(lists.Select(Convert.ToHexString).Distinct().Count(), Is.EqualTo(1));
        Assert.That((await ServedAsync()).Number, Is.EqualTo(before + 1));
    }

    [Test]
    public async Task Get_WhenOfAge_MakesANewList()
    {
        // In the past, so that the lists are not too new for the world's own clock.
        var clock = new ManualClock(DateTimeOffset.UtcNow - TimeSpan.FromHours(6));
        using var lists = new RevocationLists(
            PkiWorld.Service<IDbContextFactory<PkiDatabase>>(), PkiWorld.Service<Authorities>(), PkiWorld.Options, clock,
            NullLogger<RevocationLists>.Instance);
        await using (PkiDatabase database = PkiWorld.OpenDatabase())
        {
            await database.RevocationLists.Where(l => l.Issuer == AuthorityNames.Issuing).ExecuteDeleteAsync();
        }

        byte[] first = await lists.GetAsync(AuthorityNames.Issuing, CancellationToken.None);
        clock.Advance(PkiWorld.Options.CrlRefresh - TimeSpan.FromSeconds(1));
        byte[] young = await lists.GetAsync(AuthorityNames.Issuing, CancellationToken.None);
        clock.Advance(TimeSpan.FromSeconds(1));
        byte[] next = await lists.GetAsync(AuthorityNames.Issuing, CancellationToken.None);
        Assert.That(young, Is.EqualTo(first));
        Assert.That(next, Is.Not.EqualTo(first));
    }

    private static async Task<(string Text, long Number)> ServedAsync()
    {
        string file = await Openssl.DownloadAsync("/crl/issuing.crl", ".crl");
        string text = Openssl.Run("crl", "-inform", "DER", "-text", "-noout", "-in", file);
        string number = Openssl.Run("crl", "-inform", "DER", "-crlnumber", "-noout", "-in", file).Split('=')[1].Trim();
        return (text, Convert.ToInt64(number.Replace("0x", "", StringComparison.Ordinal), 16));
    }
}
