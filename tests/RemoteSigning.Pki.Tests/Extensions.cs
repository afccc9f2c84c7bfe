using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace RemoteSigning.Pki.Tests;

/// <summary>All extensions of a certificate in words, in their order, so that tests can demand exactly these.</summary>
internal static class Extensions
{
    public static string[] Describe(X509Certificate2 certificate) => [.. certificate.Extensions.Select(Describe)];

    /// <summary>RFC 5280, 4.2.1.2, method 1.</summary>
    public static string KeyId(X509Certificate2 certificate) => Convert.ToHexString(
        CryptographicOperations.HashData(HashAlgorithmName.SHA1, certificate.PublicKey.EncodedKeyValue.RawData));

    private static string Describe(X509Extension extension)
    {
        string critical = extension.Critical ? "critical " : "";
        return extension switch
        {
            X509BasicConstraintsExtension e => $"basicConstraints {critical}CA:{(e.CertificateAuthority ? "TRUE" : "FALSE")}"
                + (e.HasPathLengthConstraint ? $" pathlen:{e.PathLengthConstraint}" : ""),
            X509KeyUsageExtension e => $"keyUsage {critical}{e.KeyUsages}",
            X509EnhancedKeyUsageExtension e => $"extKeyUsage {critical}{string.Join(", ", e.EnhancedKeyUsages.Cast<Oid>().Select(o => o.Value))}",
            X509SubjectKeyIdentifierExtension e => $"subjectKeyIdentifier {critical}{e.SubjectKeyIdentifier}",
            X509AuthorityKeyIdentifierExtension e => $"authorityKeyIdentifier {critical}{Convert.ToHexString(e.KeyIdentifier!.Value.Span)}",
            X509AuthorityInformationAccessExtension e => $"authorityInfoAccess {critical}"
                + $"ocsp {string.Join(", ", e.EnumerateOcspUris())}, issuer {string.Join(", ", e.EnumerateCAIssuersUris())}",
            _ => extension.Oid!.Value switch
            {
                "2.5.29.17" => $"subjectAltName {critical}email:{ReadEmail(extension.RawData)}",
                "2.5.29.31" => $"crlDistributionPoints {critical}{ReadDistributionPoint(extension.RawData)}",
                "2.5.29.32" => $"certificatePolicies {critical}{ReadPolicy(extension.RawData)}",
                _ => $"{extension.Oid.Value} {critical}{Convert.ToHexString(extension.RawData)}",
            },
        };
    }

    private static string ReadEmail(byte[] der)
    {
        AsnReader names = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        string email = names.ReadCharacterString(UniversalTagNumber.IA5String, new Asn1Tag(TagClass.ContextSpecific, 1));
        names.ThrowIfNotEmpty();
        return email;
    }

    private static string ReadDistributionPoint(byte[] der)
    {
        var zero = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
        AsnReader points = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        AsnReader names = points.ReadSequence().ReadSequence(zero).ReadSequence(zero);
        string url = names.ReadCharacterString(UniversalTagNumber.IA5String, new Asn1Tag(TagClass.ContextSpecific, 6));
        names.ThrowIfNotEmpty();
        points.ThrowIfNotEmpty();
        return url;
    }

    private static string ReadPolicy(byte[] der)
    {
        AsnReader policies = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        AsnReader policy = policies.ReadSequence();
        string oid = policy.ReadObjectIdentifier();
        policy.ThrowIfNotEmpty();
        policies.ThrowIfNotEmpty();
        return oid;
    }
}
