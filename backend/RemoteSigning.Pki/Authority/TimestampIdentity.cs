using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Cryptoki;
using RemoteSigning.Pki.Data;

namespace RemoteSigning.Pki.Authority;

/// <summary>The key of the time-stamping authority that is in use, and its certificate.</summary>
/// <param name="Id">Of the certificate's record.</param>
/// <param name="KeyEnd">When the key's use ends, long before the certificate does.</param>
internal sealed record TimestampIdentity(long Id, X509Certificate2 Certificate, AsymmetricAlgorithm Key, DateTimeOffset KeyEnd) : IDisposable
{
    /// <exception cref="CommandException">There is none, or records and token do not belong together.</exception>
    public static async Task<TimestampIdentity> LoadAsync(PkiDatabase database, Hsm hsm, CancellationToken cancel)
    {
        int number = await CountAsync(database, cancel);
        var latest = await database.Certificates
            .Where(c => c.Profile == ProfileNames.Timestamping)
            .OrderByDescending(c => c.Id)
            .Select(c => new { c.Id, c.Der, c.RevokedAt })
            .FirstOrDefaultAsync(cancel)
            ?? throw new CommandException(
                "The database holds no certificate of the time-stamping authority. Run the command renew, which makes its key and certificate.");
        if (latest.RevokedAt is not null)
        {
            throw new CommandException("The certificate of the time-stamping authority is revoked. Run the command renew, which makes another key and certificate.");
        }

        X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(latest.Der);
        AsymmetricAlgorithm key = Authorities.Open(hsm, KeyLabels.Timestamping(number), certificate);
        return new TimestampIdentity(latest.Id, certificate, key, ReadKeyEnd(certificate));
    }

    /// <summary>How many keys were certified so far; each has a number of its own.</summary>
    public static Task<int> CountAsync(PkiDatabase database, CancellationToken cancel) =>
        database.Certificates.CountAsync(c => c.Profile == ProfileNames.Timestamping, cancel);

    public void Dispose()
    {
        Certificate.Dispose();
        Key.Dispose();
    }

    /// <summary>notAfter of PrivateKeyUsagePeriod, which all these certificates have.</summary>
    private static DateTimeOffset ReadKeyEnd(X509Certificate2 certificate)
    {
        X509Extension period = certificate.Extensions.Single(e => e.Oid!.Value == CertificateProfiles.PrivateKeyUsagePeriod);
        AsnReader content = new AsnReader(period.RawData, AsnEncodingRules.DER).ReadSequence();
        _ = content.ReadGeneralizedTime(CertificateProfiles.KeyUsageStart);
        return content.ReadGeneralizedTime(CertificateProfiles.KeyUsageEnd);
    }
}
