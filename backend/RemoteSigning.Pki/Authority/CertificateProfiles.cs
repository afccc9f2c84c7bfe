using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Pki.Options;

namespace RemoteSigning.Pki.Authority;

/// <summary>
/// What each kind of certificate says (RFC 5280, 4.2), and the only place that decides it: what a request asks
/// for beyond name, key and e-mail address has no influence. docs/pki.md has the same as a table.
/// </summary>
internal sealed class CertificateProfiles(PkiOptions options)
{
    public const string PrivateKeyUsagePeriod = "2.5.29.16";

    /// <summary>Fields of PrivateKeyUsagePeriod (X.509, 9.2.2.5).</summary>
    public static readonly Asn1Tag KeyUsageStart = new(TagClass.ContextSpecific, 0);

    public static readonly Asn1Tag KeyUsageEnd = new(TagClass.ContextSpecific, 1);

    private const string CertificatePolicies = "2.5.29.32";
    private const string AnyPolicy = "2.5.29.32.0";
    private const string OcspNoCheck = "1.3.6.1.5.5.7.48.1.5";
    private const string OcspSigning = "1.3.6.1.5.5.7.3.9";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string EmailProtection = "1.3.6.1.5.5.7.3.4";
    private const string DocumentSigning = "1.3.6.1.5.5.7.3.36";
    private const string TimeStamping = "1.3.6.1.5.5.7.3.8";
    private const string SubjectInformationAccess = "1.3.6.1.5.5.7.1.11";
    private const string TimeStampingAccess = "1.3.6.1.5.5.7.48.3";
    private const string AdobeTimestamp = "1.2.840.113583.1.1.9.1";

    private static readonly Asn1Tag UniformResourceIdentifier = new(TagClass.ContextSpecific, 6);

    /// <summary>The profiles that a registration authority may ask for.</summary>
    public static IReadOnlyList<string> OfSigners { get; } = [ProfileNames.Signature, ProfileNames.Authentication];

    public static CertificateRequest Root(X500DistinguishedName subject, PublicKey key)
    {
        CertificateRequest request = Authority(subject, key, pathLength: 1);
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(new X509SubjectKeyIdentifierExtension(key, critical: false)));
        return request;
    }

    public CertificateRequest Issuing(X500DistinguishedName subject, PublicKey key, X509Certificate2 root)
    {
        CertificateRequest request = Authority(subject, key, pathLength: 0);
        AddIssuer(request, root);
        AddSources(request, AuthorityNames.Root);

        // Any policy: or a policy that is configured later would not be valid below this certificate.
        request.CertificateExtensions.Add(Policy(AnyPolicy));
        return request;
    }

    /// <summary>
    /// A delegated OCSP responder (RFC 6960, 4.2.2.2). Nobody can ask about its own status; instead it lives for
    /// a year at most.
    /// </summary>
    public static CertificateRequest Responder(X500DistinguishedName subject, PublicKey key, X509Certificate2 issuer)
    {
        CertificateRequest request = EndEntity(subject, key, X509KeyUsageFlags.DigitalSignature, purposesCritical: false, OcspSigning);
        AddIssuer(request, issuer);
        request.CertificateExtensions.Add(new X509Extension(OcspNoCheck, [0x05, 0x00], critical: false));
        return request;
    }

    /// <summary>
    /// The time-stamping authority (RFC 3161, 2.3). The certificate lives as long as its issuer lets it, so that tokens
    /// can be verified long after; the key's use ends at <paramref name="keyEnd"/>.
    /// </summary>
    public CertificateRequest Timestamping(
        X500DistinguishedName subject, PublicKey key, X509Certificate2 issuing, DateTimeOffset now, DateTimeOffset keyEnd)
    {
        CertificateRequest request = EndEntity(subject, key, X509KeyUsageFlags.DigitalSignature, purposesCritical: true, TimeStamping);
        AddIssuer(request, issuing);
        AddSources(request, AuthorityNames.Issuing);
        request.CertificateExtensions.Add(KeyUsagePeriod(now, keyEnd));
        request.CertificateExtensions.Add(TimestampingAddress());
        return request;
    }

    public CertificateRequest Signer(string profile, CertificationRequest wanted, X509Certificate2 issuing)
    {
        CertificateRequest request = profile switch
        {
            ProfileNames.Signature => EndEntity(
                wanted.Subject, wanted.PublicKey, X509KeyUsageFlags.NonRepudiation, purposesCritical: false, EmailProtection, DocumentSigning),
            ProfileNames.Authentication => EndEntity(
                wanted.Subject, wanted.PublicKey, X509KeyUsageFlags.DigitalSignature, purposesCritical: false, ClientAuthentication),
            _ => throw new ArgumentOutOfRangeException(nameof(profile), profile, "Not a profile for signers."),
        };
        AddIssuer(request, issuing);
        AddSources(request, AuthorityNames.Issuing);
        if (wanted.Email is { } email)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddEmailAddress(email);
            request.CertificateExtensions.Add(names.Build());
        }

        if (options.PolicyOid.Length > 0)
        {
            request.CertificateExtensions.Add(Policy(options.PolicyOid));
        }

        if (profile == ProfileNames.Signature && options.Timestamping is { IsOffered: true, AddressInCertificates: true })
        {
            request.CertificateExtensions.Add(TimestampingAddressForAcrobat());
        }

        return request;
    }

    /// <summary>An address below the public one.</summary>
    public string PublicAddress(string path) => $"{options.PublicUrl}".TrimEnd('/') + path;

    private static CertificateRequest Authority(X500DistinguishedName subject, PublicKey key, int pathLength)
    {
        CertificateRequest request = Request(subject, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: true, hasPathLengthConstraint: true, pathLength, critical: true));
        request.CertificateExtensions.Add(
            new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
        return request;
    }

    private static CertificateRequest EndEntity(
        X500DistinguishedName subject, PublicKey key, X509KeyUsageFlags usage, bool purposesCritical, params string[] purposes)
    {
        CertificateRequest request = Request(subject, key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: false, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, critical: true));
        var oids = new OidCollection();
        foreach (string purpose in purposes)
        {
            oids.Add(new Oid(purpose));
        }

        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(oids, purposesCritical));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
        return request;
    }

    private static CertificateRequest Request(X500DistinguishedName subject, PublicKey key) =>
        new(subject, key, CertificationAuthority.Hash, RSASignaturePadding.Pkcs1);

    private static void AddIssuer(CertificateRequest request, X509Certificate2 issuer) =>
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(
            issuer, includeKeyIdentifier: true, includeIssuerAndSerial: false));

    /// <summary>Where to ask for the status, and where to find the issuer and its revocation list.</summary>
    private void AddSources(CertificateRequest request, string issuer)
    {
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(
            [PublicAddress(PublicPaths.Ocsp)], [PublicAddress(PublicPaths.Certificate(issuer))]));
        request.CertificateExtensions.Add(
            CertificateRevocationListBuilder.BuildCrlDistributionPointExtension([PublicAddress(PublicPaths.RevocationList(issuer))]));
    }

    private static X509Extension Policy(string oid)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
        }

        return new X509Extension(CertificatePolicies, writer.Encode(), critical: false);
    }

    /// <summary>X.509, 9.2.2.5: until when the key may sign.</summary>
    private static X509Extension KeyUsagePeriod(DateTimeOffset start, DateTimeOffset end)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteGeneralizedTime(start, omitFractionalSeconds: true, KeyUsageStart);
            writer.WriteGeneralizedTime(end, omitFractionalSeconds: true, KeyUsageEnd);
        }

        return new X509Extension(PrivateKeyUsagePeriod, writer.Encode(), critical: false);
    }

    /// <summary>Subject information access, id-ad-timeStamping (RFC 5280, 4.2.2.2): where the subject offers its service.</summary>
    private X509Extension TimestampingAddress()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(TimeStampingAccess);
            WriteTimestampingAddress(writer);
        }

        return new X509Extension(SubjectInformationAccess, writer.Encode(), critical: false);
    }

    /// <summary>Adobe's extension: version 1, location; requiresAuth is false, its default, and so is not written.</summary>
    private X509Extension TimestampingAddressForAcrobat()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            WriteTimestampingAddress(writer);
        }

        return new X509Extension(AdobeTimestamp, writer.Encode(), critical: false);
    }

    private void WriteTimestampingAddress(AsnWriter writer) => writer.WriteCharacterString(
        UniversalTagNumber.IA5String, PublicAddress(PublicPaths.Timestamping), UniformResourceIdentifier);
}
