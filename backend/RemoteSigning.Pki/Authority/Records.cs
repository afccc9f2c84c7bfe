using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Pki.Data;

namespace RemoteSigning.Pki.Authority;

/// <summary>Records a certificate and the event of its making together.</summary>
internal static class Records
{
    public static void Add(
        this PkiDatabase database, X509Certificate2 certificate, string issuer, string profile, string actor, DateTimeOffset now)
    {
        database.Certificates.Add(new IssuedCertificate
        {
            Issuer = issuer,
            SerialNumber = certificate.SerialNumber,
            Profile = profile,
            Subject = certificate.SubjectName.Name,
            PublicKeyDigest = SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()),
            NotBefore = new DateTimeOffset(certificate.NotBefore.ToUniversalTime()),
            NotAfter = new DateTimeOffset(certificate.NotAfter.ToUniversalTime()),
            Der = certificate.RawData,
        });
        database.Events.Add(new PkiEvent
        {
            Time = now,
            Actor = actor,
            Action = EventActions.CertificateIssued,
            Object = certificate.SerialNumber,
            Detail = $"{profile}: {certificate.SubjectName.Name}",
        });
    }
}
