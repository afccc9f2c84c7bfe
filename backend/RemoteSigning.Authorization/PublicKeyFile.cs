using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RemoteSigning.Authorization;

/// <summary>Public keys of others, from PEM files that hold the key or a certificate.</summary>
internal static class PublicKeyFile
{
    /// <summary>The DER SubjectPublicKeyInfo.</summary>
    /// <exception cref="InvalidOperationException">There is no such key in the file.</exception>
    public static byte[] Read(string path)
    {
        string pem = File.ReadAllText(path);
        if (!PemEncoding.TryFind(pem, out PemFields fields))
        {
            throw new InvalidOperationException($"The file {path} is not PEM. It must hold a public key or a certificate.");
        }

        byte[] der = Convert.FromBase64String(pem[fields.Base64Data]);
        switch (pem[fields.Label])
        {
            case "PUBLIC KEY":
                return PublicKey.CreateFromSubjectPublicKeyInfo(der, out _).ExportSubjectPublicKeyInfo();
            case "CERTIFICATE":
                using (X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der))
                {
                    return certificate.PublicKey.ExportSubjectPublicKeyInfo();
                }

            default:
                throw new InvalidOperationException($"The file {path} holds neither a public key nor a certificate.");
        }
    }
}
