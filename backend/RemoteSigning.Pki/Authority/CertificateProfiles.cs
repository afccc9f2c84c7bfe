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
    private const string CertificatePolicies = "2.5.29.32";
    private const string AnyPolicy = "2.5.29.32.0";
    private const string OcspNoCheck = "1.3.6.1.5.5.7.48.1.5";
    private const string OcspSigning = "1.3.6.1.5.5.7.3.9";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const string EmailProtection = "1.3.6.1.5.5.7.3.4";
    private const string DocumentSigning = "1.3.6.1.5.5.7.3.36";

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
        CertificateRequest request = EndEntity(subject, key, X509KeyUsageFlags.DigitalSignature, OcspSigning);
        AddIssuer(request, issuer);
        request.CertificateExtensions.Add(new X509Extension(OcspNoCheck, [0x05, 0x00], critical: false));
        return request;
    }

    public CertificateRequest Signer(string profile, CertificationRequest wanted, X509Certificate2 issuing)
    {
        CertificateRequest request = profile switch
        {
            ProfileNames.Signature => EndEntity(
                wanted.Subject, wanted.PublicKey, X509KeyUsageFlags.NonRepudiation, EmailProtection, DocumentSigning),
            ProfileNames.Authentication => EndEntity(
                wanted.Subject, wanted.PublicKey, X509KeyUsageFlags.DigitalSignature, ClientAuthentication),
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
        X500DistinguishedName subject, PublicKey key, X509KeyUsageFlags usage, params string[] purposes)
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

        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(oids, critical: false));
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
}
