using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Cryptoki;
using RemoteSigning.Pki.Data;
using RemoteSigning.Pki.Options;
using RemoteSigning.Pki.Revocation;

namespace RemoteSigning.Pki.Authority;

/// <summary>
/// What needs the root's key: making the CAs, and once a year their responder certificates, the root's revocation
/// list, and the key of the time-stamping authority. RSA for CAs and responder: it is what every program that
/// checks signatures understands.
/// </summary>
internal sealed class Ceremony(PkiOptions options, PkiDatabase database, Hsm hsm, TimeProvider clock)
{
    private const int RootBits = 4096;
    private const int Bits = 3072;
    private const int RootYears = 20;
    private const int IssuingYears = 10;

    /// <summary>Life of responder certificates, root's revocation list and time-stamping key: a year, and a month to be late in.</summary>
    private const int RenewalMonths = 13;

    private static readonly string[] FileNames = ["root.pem", "issuing.pem", "chain.pem"];

    private readonly CertificateProfiles _profiles = new(options);
    private readonly DateTimeOffset _now = clock.GetUtcNow();

    /// <summary>Makes keys, certificates, records and files. Refuses where any of these exist.</summary>
    /// <exception cref="CommandException">Something exists already.</exception>
    public async Task CreateAsync(CancellationToken cancel)
    {
        await RefuseExistingAsync(cancel);
        await database.Database.MigrateAsync(cancel);
        _ = hsm.GenerateRsa(KeyLabels.Root, RootBits);
        _ = hsm.GenerateRsa(KeyLabels.Issuing, Bits);
        _ = hsm.GenerateRsa(KeyLabels.Responder, Bits);
        using CertificationAuthority root = CreateRoot();
        using CertificationAuthority issuing = CreateIssuing(root);
        await RenewAsync(root, issuing, cancel);
        await database.SaveChangesAsync(cancel);
        WriteFiles(root.Certificate, issuing.Certificate);
    }

    /// <summary>Makes new responder certificates, a new revocation list of the root, and a new time-stamping key where that is offered.</summary>
    public async Task RenewAsync(CancellationToken cancel)
    {
        await SchemaVersion.CheckAsync(database, cancel);
        X509Certificate2 rootCertificate = await Authorities.LatestAsync(database, AuthorityNames.Root, ProfileNames.Root, cancel);
        X509Certificate2 issuingCertificate = await Authorities.LatestAsync(database, AuthorityNames.Root, ProfileNames.Issuing, cancel);
        using var root = new CertificationAuthority(
            AuthorityNames.Root, rootCertificate, Authorities.OpenRsa(hsm, KeyLabels.Root, rootCertificate));
        using var issuing = new CertificationAuthority(
            AuthorityNames.Issuing, issuingCertificate, Authorities.OpenRsa(hsm, KeyLabels.Issuing, issuingCertificate));
        await RenewAsync(root, issuing, cancel);
        await database.SaveChangesAsync(cancel);
    }

    private async Task RenewAsync(CertificationAuthority root, CertificationAuthority issuing, CancellationToken cancel)
    {
        using RSA key = hsm.OpenRsa(KeyLabels.Responder);
        var publicKey = new PublicKey(key);
        foreach (CertificationAuthority authority in (CertificationAuthority[])[issuing, root])
        {
            X500DistinguishedName subject = Name($"{options.Organization} OCSP Responder");
            using X509Certificate2 certificate = authority.Sign(
                CertificateProfiles.Responder(subject, publicKey, authority.Certificate), _now, _now.AddMonths(RenewalMonths));
            database.Add(certificate, authority.Name, ProfileNames.Responder, PkiEvent.Ceremony, _now);
        }

        RevocationList? last = await RevocationLists.LatestAsync(database, AuthorityNames.Root, cancel);
        await RevocationLists.AddAsync(
            database, root, (last?.Number ?? 0) + 1, _now, _now.AddMonths(RenewalMonths) - _now, PkiEvent.Ceremony, cancel);
        if (options.Timestamping.IsOffered)
        {
            await RenewTimestampingAsync(issuing, cancel);
        }
    }

    /// <summary>
    /// A key of its own for each period: one that leaks later says nothing about tokens of other periods. A key that
    /// a renewal left uncertified when it broke off is taken up.
    /// </summary>
    private async Task RenewTimestampingAsync(CertificationAuthority issuing, CancellationToken cancel)
    {
        string label = KeyLabels.Timestamping(await TimestampIdentity.CountAsync(database, cancel) + 1);
        if (!hsm.Exists(label))
        {
            TimestampKeys.Generate(hsm, label, options.Timestamping.Key);
        }

        using AsymmetricAlgorithm key = TimestampKeys.Open(hsm, label, options.Timestamping.Key != TimestampKeys.P256);
        DateTimeOffset certificateEnd = issuing.Certificate.NotAfter;
        DateTimeOffset keyEnd = _now.AddMonths(RenewalMonths) < certificateEnd ? _now.AddMonths(RenewalMonths) : certificateEnd;
        using X509Certificate2 certificate = issuing.Sign(
            _profiles.Timestamping(
                Name($"{options.Organization} TSA"), new PublicKey(key), issuing.Certificate, _now, keyEnd),
            _now,
            certificateEnd);
        database.Add(certificate, issuing.Name, ProfileNames.Timestamping, PkiEvent.Ceremony, _now);
    }

    private CertificationAuthority CreateRoot()
    {
        RSA key = hsm.OpenRsa(KeyLabels.Root);
        X500DistinguishedName name = Name($"{options.Organization} Root CA");
        X509Certificate2 certificate = CertificateProfiles.Root(name, new PublicKey(key)).Create(
            name, X509SignatureGenerator.CreateForRSA(key, RSASignaturePadding.Pkcs1), _now, _now.AddYears(RootYears), SerialNumbers.Draw());
        database.Add(certificate, AuthorityNames.Root, ProfileNames.Root, PkiEvent.Ceremony, _now);
        return new CertificationAuthority(AuthorityNames.Root, certificate, key);
    }

    private CertificationAuthority CreateIssuing(CertificationAuthority root)
    {
        RSA key = hsm.OpenRsa(KeyLabels.Issuing);
        X509Certificate2 certificate = root.Sign(
            _profiles.Issuing(Name($"{options.Organization} Issuing CA"), new PublicKey(key), root.Certificate),
            _now,
            _now.AddYears(IssuingYears));
        database.Add(certificate, AuthorityNames.Root, ProfileNames.Issuing, PkiEvent.Ceremony, _now);
        return new CertificationAuthority(AuthorityNames.Issuing, certificate, key);
    }

    private X500DistinguishedName Name(string commonName)
    {
        // The last that is added is encoded first, as the most general part should be.
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName(commonName);
        builder.AddOrganizationName(options.Organization);
        return builder.Build();
    }

    private async Task RefuseExistingAsync(CancellationToken cancel)
    {
        if ((await database.Database.GetAppliedMigrationsAsync(cancel)).Any() && await database.Certificates.AnyAsync(cancel))
        {
            throw new CommandException("The database holds a PKI already. It is never overwritten; for another one use another database.");
        }

        if (KeyLabels.All.FirstOrDefault(hsm.Exists) is { } label)
        {
            throw new CommandException(
                $"The HSM token holds a key {label} already. Use an empty token; after a ceremony that broke off, initialize the token again.");
        }

        if (Files().FirstOrDefault(File.Exists) is { } file)
        {
            throw new CommandException($"The file {file} exists already. Use an empty Pki:DataFolder.");
        }
    }

    private IEnumerable<string> Files() => FileNames.Select(f => Path.Combine(options.DataFolder, f));

    private void WriteFiles(X509Certificate2 root, X509Certificate2 issuing)
    {
        string rootPem = root.ExportCertificatePem() + "\n";
        string issuingPem = issuing.ExportCertificatePem() + "\n";
        string[] texts = [rootPem, issuingPem, issuingPem + rootPem];
        Directory.CreateDirectory(options.DataFolder);
        foreach ((string file, string text) in Files().Zip(texts))
        {
            File.WriteAllText(file, text);
        }
    }
}
