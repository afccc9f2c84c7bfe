using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RemoteSigning.Agent.Tests.Fakes;

/// <summary>A root, an issuer, and certificates for real keys.</summary>
internal sealed class TestPki
{
    private static readonly DateTimeOffset NotBefore = new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset NotAfter = new(2046, 12, 31, 0, 0, 0, TimeSpan.Zero);

    private readonly ECDsa _rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _issuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public TestPki()
    {
        Root = MakeAuthority("CN=Test Root", _rootKey).CreateSelfSigned(NotBefore, NotAfter);
        Issuer = MakeAuthority("CN=Test Issuer", _issuerKey).Create(
            Root.SubjectName, X509SignatureGenerator.CreateForECDsa(_rootKey), NotBefore, NotAfter, [1]);
    }

    public X509Certificate2 Root { get; }

    public X509Certificate2 Issuer { get; }

    /// <returns>Base64 DER: the certificate, its issuer, the root.</returns>
    public IReadOnlyList<string> Issue(AsymmetricAlgorithm key, bool forSignature, byte[]? serial = null, DateTimeOffset? notAfter = null)
    {
        CertificateRequest request = key is RSA rsa
            ? new CertificateRequest("CN=Test Signer, E=signer@example.com", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest("CN=Test Signer, E=signer@example.com", (ECDsa)key, HashAlgorithmName.SHA256);
        return Issue(request, forSignature, serial, notAfter);
    }

    /// <summary>For a key that is given as it shall stand in the certificate.</summary>
    public IReadOnlyList<string> Issue(PublicKey key) =>
        Issue(new CertificateRequest(new X500DistinguishedName("CN=Test Signer"), key, HashAlgorithmName.SHA256), true, null, null);

    private IReadOnlyList<string> Issue(CertificateRequest request, bool forSignature, byte[]? serial, DateTimeOffset? notAfter)
    {
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            forSignature ? X509KeyUsageFlags.NonRepudiation : X509KeyUsageFlags.DigitalSignature, critical: true));
        using X509Certificate2 certificate = request.Create(
            Issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(_issuerKey), NotBefore, notAfter ?? NotAfter, serial ?? RandomNumberGenerator.GetBytes(12));
        return [.. new[] { certificate, Issuer, Root }.Select(c => Convert.ToBase64String(c.RawData))];
    }

    private static CertificateRequest MakeAuthority(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request;
    }
}
