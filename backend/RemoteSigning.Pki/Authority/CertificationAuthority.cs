using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Cryptoki;

namespace RemoteSigning.Pki.Authority;

/// <summary>One of our CAs: its certificate, and its key, which stays in the HSM.</summary>
internal sealed class CertificationAuthority(string name, X509Certificate2 certificate, RSA key) : IDisposable
{
    /// <summary>For every signature that the PKI makes.</summary>
    public static readonly HashAlgorithmName Hash = HashAlgorithmName.SHA256;

    private readonly X509SignatureGenerator _generator = X509SignatureGenerator.CreateForRSA(key, RSASignaturePadding.Pkcs1);

    /// <summary>One of <see cref="AuthorityNames"/>.</summary>
    public string Name => name;

    public X509Certificate2 Certificate => certificate;

    /// <summary>Signs a certificate under a new serial number. It counts only once it is recorded.</summary>
    /// <exception cref="HsmException">The HSM did not sign.</exception>
    public X509Certificate2 Sign(CertificateRequest request, DateTimeOffset notBefore, DateTimeOffset notAfter) =>
        request.Create(
            certificate.SubjectName,
            _generator,
            Later(notBefore, certificate.NotBefore),
            Earlier(notAfter, certificate.NotAfter),
            SerialNumbers.Draw());

    /// <summary>Signs a full revocation list (RFC 5280, 5) with a cRLNumber and our key identifier.</summary>
    /// <exception cref="HsmException">The HSM did not sign.</exception>
    public byte[] Sign(CertificateRevocationListBuilder list, long number, DateTimeOffset thisUpdate, DateTimeOffset nextUpdate) =>
        list.Build(
            certificate.SubjectName,
            _generator,
            number,
            nextUpdate,
            Hash,
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false),
            thisUpdate);

    public void Dispose()
    {
        certificate.Dispose();
        key.Dispose();
    }

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
