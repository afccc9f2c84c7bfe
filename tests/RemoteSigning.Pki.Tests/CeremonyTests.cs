using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Pki.Authority;
using RemoteSigning.Pki.Data;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Pki.Tests;

[TestFixture]
internal sealed class CeremonyTests
{
    [Test]
    public void Root_AfterCeremony_HasExactlyItsExtensions() => Assert.That(
        Extensions.Describe(PkiWorld.Root),
        Is.EqualTo(new[]
        {
            "basicConstraints critical CA:TRUE pathlen:1",
            "keyUsage critical CrlSign, KeyCertSign",
            $"subjectKeyIdentifier {Extensions.KeyId(PkiWorld.Root)}",
            $"authorityKeyIdentifier {Extensions.KeyId(PkiWorld.Root)}",
        }));

    [Test]
    public void Issuing_AfterCeremony_HasExactlyItsExtensions() => Assert.That(
        Extensions.Describe(PkiWorld.Issuing),
        Is.EqualTo(new[]
        {
            "basicConstraints critical CA:TRUE pathlen:0",
            "keyUsage critical CrlSign, KeyCertSign",
            $"subjectKeyIdentifier {Extensions.KeyId(PkiWorld.Issuing)}",
            $"authorityKeyIdentifier {Extensions.KeyId(PkiWorld.Root)}",
            $"authorityInfoAccess ocsp {PkiWorld.PublicUrl}/ocsp, issuer {PkiWorld.PublicUrl}/ca/root.crt",
            $"crlDistributionPoints {PkiWorld.PublicUrl}/crl/root.crl",
            "certificatePolicies 2.5.29.32.0",
        }));

    [Test]
    public async Task Responders_AfterCeremony_AreCertifiedByEachCa()
    {
        await using PkiDatabase database = PkiWorld.OpenDatabase();
        foreach ((string issuer, X509Certificate2 authority) in new[] { ("root", PkiWorld.Root), ("issuing", PkiWorld.Issuing) })
        {
            using X509Certificate2 responder = await Authorities.LatestAsync(
                database, issuer, ProfileNames.Responder, CancellationToken.None);
            Assert.That(responder.IssuerName.RawData, Is.EqualTo(authority.SubjectName.RawData));
            Assert.That(
                Extensions.Describe(responder),
                Is.EqualTo(new[]
                {
                    "basicConstraints critical CA:FALSE",
                    "keyUsage critical DigitalSignature",
                    "extKeyUsage 1.3.6.1.5.5.7.3.9",
                    $"subjectKeyIdentifier {Extensions.KeyId(responder)}",
                    $"authorityKeyIdentifier {Extensions.KeyId(authority)}",
                    "1.3.6.1.5.5.7.48.1.5 0500",
                }));
        }
    }

    [Test]
    public void Names_AfterCeremony_CarryTheOrganization()
    {
        Assert.That(PkiWorld.Root.Subject, Is.EqualTo("CN=Example Trust Root CA, O=Example Trust"));
        Assert.That(PkiWorld.Issuing.Subject, Is.EqualTo("CN=Example Trust Issuing CA, O=Example Trust"));
        Assert.That(PkiWorld.Issuing.Issuer, Is.EqualTo(PkiWorld.Root.Subject));
    }

    [Test]
    public void Keys_AfterCeremony_AreStrong()
    {
        using RSA root = PkiWorld.Root.GetRSAPublicKey()!;
        using RSA issuing = PkiWorld.Issuing.GetRSAPublicKey()!;
        Assert.That(root.KeySize, Is.EqualTo(4096));
        Assert.That(issuing.KeySize, Is.EqualTo(3072));
        Assert.That(PkiWorld.Issuing.SignatureAlgorithm.FriendlyName, Is.EqualTo("sha256RSA"));
    }

    [Test]
    public async Task Files_AfterCeremony_HoldTheChain()
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(Path.Combine(PkiWorld.DataFolder, "chain.pem"));
        Assert.That(chain.Select(c => c.RawData), Is.EqualTo(new[] { PkiWorld.Issuing.RawData, PkiWorld.Root.RawData }));
        Assert.That(await PkiWorld.PublicClient.GetByteArrayAsync("/ca/root.crt"), Is.EqualTo(PkiWorld.Root.RawData));
        Assert.That(await PkiWorld.PublicClient.GetByteArrayAsync("/ca/issuing.crt"), Is.EqualTo(PkiWorld.Issuing.RawData));
    }

    [Test]
    public async Task Chain_CheckedByOpenssl_IsStrictlyValidAndNotRevoked()
    {
        string lists = await Openssl.RevocationListsAsync();
        string verdict = Openssl.Run(
            "verify", "-x509_strict", "-crl_check_all", "-CAfile", PkiWorld.RootPem, "-CRLfile", lists, PkiWorld.IssuingPem);
        Assert.That(verdict, Does.Contain("OK"));
    }

    [Test]
    public void Create_WhereDatabaseIsUsed_IsRefused() =>
        AssertRefused(PkiWorld.ConfigurationFile, "The database holds a PKI already");

    [Test]
    public void Create_WhereTokenIsUsed_IsRefused()
    {
        string database = PkiWorld.CreateDatabase("token_used");
        AssertRefused(
            PkiWorld.WriteConfiguration("token-used.json", c => c["Database"] = database), "holds a key pki-root already");
    }

    [Test]
    public void Create_WhereFilesExist_IsRefused()
    {
        string database = PkiWorld.CreateDatabase("files_exist");
        string pin = PkiWorld.Hsm.CreateToken("files-exist");
        string file = PkiWorld.WriteConfiguration("files-exist.json", c =>
        {
            c["Database"] = database;
            c["Hsm"]!["TokenLabel"] = "files-exist";
            c["Hsm"]!["PinFile"] = pin;
        });
        AssertRefused(file, "root.pem exists already");
    }

    [Test]
    public async Task Renew_AfterCeremony_MakesNewRespondersAndRootList()
    {
        (List<string> before, long number) = await StateAsync();
        CommandResult renewed = PkiWorld.Run("renew", "--config", PkiWorld.ConfigurationFile);
        (List<string> after, long next) = await StateAsync();
        Assert.That(renewed.ExitCode, Is.Zero, renewed.Error);
        Assert.That(after.Except(before).Count(), Is.EqualTo(2));
        Assert.That(next, Is.EqualTo(number + 1));
    }

    private static async Task<(List<string> Responders, long Number)> StateAsync()
    {
        await using PkiDatabase database = PkiWorld.OpenDatabase();
        return (
            await database.Certificates.Where(c => c.Profile == ProfileNames.Responder).Select(c => c.SerialNumber).ToListAsync(),
            await database.RevocationLists.Where(l => l.Issuer == AuthorityNames.Root).MaxAsync(l => l.Number));
    }

    private static void AssertRefused(string configuration, string reason)
    {
        CommandResult result = PkiWorld.Run("create", "--config", configuration);
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain("pki create failed.").And.Contain(reason));
    }
}
