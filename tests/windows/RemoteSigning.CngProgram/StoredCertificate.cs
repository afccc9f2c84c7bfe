using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;

namespace RemoteSigning.CngProgram;

/// <summary>
/// The key's certificate in the user's store, with the names of provider and key (CERT_KEY_PROV_INFO): the way in which most programs of
/// Windows find a key.
/// </summary>
internal static partial class StoredCertificate
{
    private const int KeyProviderInformation = 2; // CERT_KEY_PROV_INFO_PROP_ID

    public static void SignTwice(string document, string folder, string name) => WithCertificate(name, certificate =>
    {
        byte[] data = File.ReadAllBytes(document);
        for (int n = 1; n <= 2; n++)
        {
            File.WriteAllBytes(Path.Combine(folder, $"{n}.sig"), Sign(certificate, data));
        }
    });

    public static void SignCms(string document, string file, string name) => WithCertificate(name, certificate =>
    {
        // The certificate alone: chains are what Wine cannot build.
        var signer = new CmsSigner(SubjectIdentifierType.IssuerAndSerialNumber, certificate) { IncludeOption = X509IncludeOption.EndCertOnly };
        signer.SignedAttributes.Add(new Pkcs9SigningTime());
        var cms = new SignedCms(new ContentInfo(File.ReadAllBytes(document)), detached: true);
        cms.ComputeSignature(signer, silent: false);
        File.WriteAllBytes(file, cms.Encode());
    });

    private static byte[] Sign(X509Certificate2 certificate, byte[] data)
    {
        using RSA? rsa = certificate.GetRSAPrivateKey();
        if (rsa is not null)
        {
            return rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }

        using ECDsa? ecdsa = certificate.GetECDsaPrivateKey();
        return ecdsa?.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
            ?? throw new CryptographicException("The certificate in the store leads to no private key.");
    }

    /// <summary>Puts the certificate into the store, finds it again as another program would, and takes it out in the end.</summary>
    private static void WithCertificate(string name, Action<X509Certificate2> use)
    {
        using var store = new X509Store(StoreName.My, StoreLocation.CurrentUser);
        store.Open(OpenFlags.ReadWrite);
        using X509Certificate2 certificate = ReadCertificate(name);
        SetKey(certificate, name);
        store.Add(certificate);
        try
        {
            using X509Certificate2 found = store.Certificates.Find(X509FindType.FindByThumbprint, certificate.Thumbprint, validOnly: false).Single();
            if (!found.HasPrivateKey)
            {
                throw new CryptographicException("The certificate in the store has no private key.");
            }

            use(found);
        }
        finally
        {
            store.Remove(certificate);
        }
    }

    private static X509Certificate2 ReadCertificate(string name)
    {
        using CngKey key = Provider.Open(name);
        return X509CertificateLoader.LoadCertificate(key.GetProperty("SmartCardKeyCertificate", CngPropertyOptions.None).GetValue()!); // Never empty here.
    }

    private static unsafe void SetKey(X509Certificate2 certificate, string name)
    {
        fixed (char* container = name, provider = Provider.Name)
        {
            var information = new KeyInformation { Container = container, Provider = provider };
            if (!CertSetCertificateContextProperty(certificate.Handle, KeyProviderInformation, 0, in information))
            {
                throw new Win32Exception(Marshal.GetLastPInvokeError());
            }
        }
    }

    [LibraryImport("crypt32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CertSetCertificateContextProperty(nint certificate, int property, int flags, in KeyInformation data);

    /// <summary>CRYPT_KEY_PROV_INFO; a type of provider of 0 says that it is one of CNG.</summary>
    private unsafe struct KeyInformation
    {
        public char* Container;
        public char* Provider;
        public int ProviderType;
        public int Flags;
        public int ParameterCount;
        public nint Parameters;
        public int KeySpecification;
    }
}
