using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace RemoteSigning.Server.Peers;

/// <summary>The certificates in a certs-only SignedData (RFC 5652, 5.1; RFC 7030, 4.1.3).</summary>
internal static class CertificatesOnly
{
    private static readonly Asn1Tag Context0 = new(TagClass.ContextSpecific, 0, isConstructed: true);

    /// <exception cref="AsnContentException">It is no SignedData.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It holds what is no certificate.</exception>
    public static X509Certificate2Collection Read(byte[] pkcs7)
    {
        AsnReader contentInfo = new AsnReader(pkcs7, AsnEncodingRules.BER).ReadSequence();
        contentInfo.ReadObjectIdentifier();
        AsnReader signedData = contentInfo.ReadSequence(Context0).ReadSequence();
        signedData.ReadInteger();
        signedData.ReadSetOf(skipSortOrderValidation: true);
        signedData.ReadSequence();
        var certificates = new X509Certificate2Collection();
        if (signedData.HasData && signedData.PeekTag().HasSameClassAndValue(Context0))
        {
            AsnReader set = signedData.ReadSetOf(skipSortOrderValidation: true, Context0);
            while (set.HasData)
            {
                certificates.Add(X509CertificateLoader.LoadCertificate(set.ReadEncodedValue().Span));
            }
        }

        return certificates;
    }
}
