using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RemoteSigning.Sandbox;

/// <summary>
/// A certification authority for the TLS certificates of one sandbox. Its key exists in memory only and
/// is gone when the sandbox is up.
/// </summary>
public sealed class TlsAuthority : IDisposable
{
    // Not ECDSA: in a chain Wine 8 takes such a signature only if neither r nor s begins with a zero byte.
    private readonly RSA _key = RSA.Create(2048);
    private readonly X509Certificate2 _root;

    public TlsAuthority()
    {
        var request = new CertificateRequest("CN=RemoteSigning Sandbox TLS Root", _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        _root = request.CreateSelfSigned(now.AddMinutes(-5), now.AddYears(1));
    }

    public string RootPem => _root.ExportCertificatePem();

    /// <summary>Writes <c>name.pem</c> and the owner-only <c>name.key</c> for a TLS server on loopback.</summary>
    public TlsIdentity IssueServer(string folder, string name) => Issue(folder, name, "1.3.6.1.5.5.7.3.1");

    /// <summary>Writes <c>name.pem</c> and the owner-only <c>name.key</c> for a TLS client.</summary>
    public TlsIdentity IssueClient(string folder, string name) => Issue(folder, name, "1.3.6.1.5.5.7.3.2");

    public void Dispose()
    {
        _root.Dispose();
        _key.Dispose();
    }

    private TlsIdentity Issue(string folder, string name, string usage)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(_root, true, false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using X509Certificate2 certificate = request.Create(
            _root.SubjectName,
            X509SignatureGenerator.CreateForRSA(_key, RSASignaturePadding.Pkcs1),
            now.AddMinutes(-5),
            now.AddMonths(6),
            RandomNumberGenerator.GetBytes(16));
        var identity = new TlsIdentity(
            Path.Combine(folder, $"{name}.pem"), Path.Combine(folder, $"{name}.key"), key.ExportSubjectPublicKeyInfo());
        File.WriteAllText(identity.Certificate, certificate.ExportCertificatePem() + "\n");
        OwnerOnly.Write(identity.Key, key.ExportPkcs8PrivateKeyPem() + "\n");
        return identity;
    }
}
