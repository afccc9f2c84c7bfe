using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Server.Credentials;
using RemoteSigning.Server.Peers;

namespace RemoteSigning.Server.Enrollment;

/// <summary>A certificate that the PKI has issued, checked before anything is built on it.</summary>
/// <param name="Issuers">DER, from its own issuer up to and including the root.</param>
internal sealed record IssuedCertificate(
    byte[] Certificate, IReadOnlyList<byte[]> Issuers, string SerialNumber, DateTimeOffset NotBefore, DateTimeOffset NotAfter)
{
    /// <param name="publicKeyInfo">The key it must be for.</param>
    /// <param name="subject">RFC 4514, the subject it must have.</param>
    /// <param name="now">The time at which it must be valid.</param>
    /// <exception cref="PeerException">It is not the certificate that was asked for.</exception>
    public static IssuedCertificate Check(
        X509Certificate2Collection answer, X509Certificate2Collection authorities, byte[] publicKeyInfo, string subject, DateTimeOffset now)
    {
        X509Certificate2 certificate =
            answer.FirstOrDefault(c => c.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(publicKeyInfo))
            ?? throw PeerException.Unbelievable(PkiClient.Name, "The PKI answered a certificate for another key.");
        if (DistinguishedName.Format(certificate.SubjectName) != DistinguishedName.Format(new X500DistinguishedName(subject)))
        {
            throw PeerException.Unbelievable(PkiClient.Name, "The PKI answered a certificate for another subject.");
        }

        using X509Chain chain = BuildChain(certificate, authorities, now);
        return new IssuedCertificate(
            certificate.RawData,
            [.. chain.ChainElements.Skip(1).Select(e => e.Certificate.RawData)],
            certificate.SerialNumber,
            certificate.NotBefore.ToUniversalTime(),
            certificate.NotAfter.ToUniversalTime());
    }

    private static X509Chain BuildChain(X509Certificate2 certificate, X509Certificate2Collection authorities, DateTimeOffset now)
    {
        var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.UtcDateTime;
        foreach (X509Certificate2 authority in authorities)
        {
            bool isRoot = authority.SubjectName.RawData.AsSpan().SequenceEqual(authority.IssuerName.RawData);
            (isRoot ? chain.ChainPolicy.CustomTrustStore : chain.ChainPolicy.ExtraStore).Add(authority);
        }

        if (chain.Build(certificate))
        {
            return chain;
        }

        string reasons = string.Join(", ", chain.ChainStatus.Select(s => s.Status));
        chain.Dispose();
        throw PeerException.Unbelievable(PkiClient.Name, $"The PKI answered a certificate that does not lead to its root ({reasons}).");
    }
}
