using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>Verifies signatures against the certificate that <c>credentials/info</c> gives, by the BCL.</summary>
internal static class CertificateKey
{
    public static async Task<X509Certificate2> GetAsync(CscCaller caller, string credential)
    {
        CscAnswer info = await caller.PostAsync("credentials/info", new JsonObject { ["credentialID"] = credential });
        return X509CertificateLoader.LoadCertificate(Convert.FromBase64String((string)info.Body["cert"]!["certificates"]![0]!));
    }

    public static bool Verifies(this X509Certificate2 certificate, byte[] hash, byte[] signature, HashAlgorithmName name, RSASignaturePadding? padding = null)
    {
        using RSA? rsa = certificate.GetRSAPublicKey();
        if (rsa is not null)
        {
            return rsa.VerifyHash(hash, signature, name, padding ?? RSASignaturePadding.Pkcs1);
        }

        using ECDsa ecdsa = certificate.GetECDsaPublicKey()!;
        return ecdsa.VerifyHash(hash, signature, DSASignatureFormat.Rfc3279DerSequence);
    }
}
