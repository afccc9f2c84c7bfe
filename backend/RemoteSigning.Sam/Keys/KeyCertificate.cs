using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Keys;

/// <summary>
/// Checks the certificate with which a key becomes certified: it is for this key, this subject and this
/// purpose, and not expired. Whether its issuer may be trusted is the SSA's business.
/// </summary>
internal static class KeyCertificate
{
    /// <exception cref="ProblemException">The certificate does not fit the key.</exception>
    public static SealedKey.CertifiedBy Check(byte[] der, SealedKey key, SealedKey.KeyOwner owner, DateTimeOffset now)
    {
        using X509Certificate2 certificate = Read(der);
        if (!certificate.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.PublicKeyInfo))
        {
            throw Refusals.Create(ProblemCodes.Malformed, "the certificate is for another public key");
        }

        if (!DistinguishedName.AreEqual(owner.Subject, certificate.SubjectName.RawData))
        {
            throw Refusals.Create(ProblemCodes.Malformed, "the certificate is for another subject than the assigned one");
        }

        if (!Fits(certificate, owner.Purpose))
        {
            throw Refusals.Create(ProblemCodes.WrongPurpose, $"the certificate's key usage does not fit the purpose {owner.Purpose}");
        }

        long notAfter = new DateTimeOffset(certificate.NotAfter).ToUnixTimeSeconds();
        if (notAfter <= now.ToUnixTimeSeconds())
        {
            throw Refusals.Create(ProblemCodes.KeyExpired, "the certificate has expired");
        }

        return new SealedKey.CertifiedBy(SHA256.HashData(der), notAfter);
    }

    private static X509Certificate2 Read(byte[] der)
    {
        X509Certificate2 certificate;
        try
        {
            certificate = X509CertificateLoader.LoadCertificate(der);
        }
        catch (CryptographicException e)
        {
            throw Refusals.Create(ProblemCodes.Malformed, $"not a certificate: {e.Message}", e);
        }

        if (!certificate.RawData.AsSpan().SequenceEqual(der))
        {
            certificate.Dispose();
            throw Refusals.Create(ProblemCodes.Malformed, "the certificate is not plain DER");
        }

        return certificate;
    }

    /// <summary>contentCommitment for signatures; digitalSignature without contentCommitment for authentication.</summary>
    private static bool Fits(X509Certificate2 certificate, string purpose)
    {
        X509KeyUsageFlags usage = certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault()?.KeyUsages
            ?? X509KeyUsageFlags.None;
        bool commits = usage.HasFlag(X509KeyUsageFlags.NonRepudiation);
        return purpose == KeyPurposes.Signature ? commits : !commits && usage.HasFlag(X509KeyUsageFlags.DigitalSignature);
    }
}
