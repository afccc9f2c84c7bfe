using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Pki.Authority;

/// <summary>
/// A PKCS#10 request (RFC 2986) that has passed: signed by the key that it names, the key and the algorithm
/// strong enough, the subject and the e-mail address in order. Only what is here can enter a certificate.
/// </summary>
/// <param name="Subject">Exactly as encoded in the request.</param>
internal sealed record CertificationRequest(X500DistinguishedName Subject, PublicKey PublicKey, byte[] PublicKeyInfo, string? Email)
{
    private const string ExtensionRequest = "1.2.840.113549.1.9.14";
    private const string SubjectAlternativeName = "2.5.29.17";

    private static readonly Asn1Tag Attributes = new(TagClass.ContextSpecific, 0, isConstructed: true);

    /// <exception cref="ProblemException">It is not acceptable; the public text says why.</exception>
    public static CertificationRequest Read(ReadOnlyMemory<byte> der)
    {
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.DER);
            AsnReader request = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            ReadOnlyMemory<byte> info = request.ReadEncodedValue();
            SignatureAlgorithm algorithm = ReadAlgorithm(request.ReadSequence());
            byte[] signature = request.ReadBitString(out int unused);
            request.ThrowIfNotEmpty();
            CertificationRequest content = ReadInfo(info);
            return unused == 0 && RequestKey.Verify(content.PublicKey, algorithm, info.Span, signature)
                ? content
                : throw Refuse("The certification request is not signed by the key that it names.");
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            throw Refuse("The body is not a PKCS#10 certification request.", e);
        }
    }

    private static CertificationRequest ReadInfo(ReadOnlyMemory<byte> der)
    {
        AsnReader info = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        if (!info.TryReadInt32(out int version) || version != 0)
        {
            throw Refuse("The certification request has an unknown version.");
        }

        var subject = new X500DistinguishedName(info.ReadEncodedValue().Span);
        ReadOnlyMemory<byte> publicKeyInfo = info.ReadEncodedValue();
        PublicKey key = RequestKey.Read(publicKeyInfo);
        string? email = ReadEmail(info.ReadSetOf(Attributes));
        info.ThrowIfNotEmpty();
        SubjectRules.Check(subject, email);
        return new CertificationRequest(subject, key, publicKeyInfo.ToArray(), email);
    }

    private static SignatureAlgorithm ReadAlgorithm(AsnReader identifier)
    {
        string oid = identifier.ReadObjectIdentifier();
        ReadOnlyMemory<byte> parameters = identifier.HasData ? identifier.ReadEncodedValue() : default;
        identifier.ThrowIfNotEmpty();
        return SignatureAlgorithm.TryRead(oid, parameters.Span, digestOid: null, out SignatureAlgorithm? algorithm)
            && algorithm.Scheme is SignatureScheme.RsaPkcs1 or SignatureScheme.Ecdsa
            && algorithm.Digest != DigestAlgorithm.Sha1
            ? algorithm
            : throw new ProblemException(
                Problem.UnsupportedAlgorithm, ProblemCodes.AlgorithmUnsupported,
                "The certification request must be signed with RSA PKCS#1 or ECDSA and SHA-256, SHA-384 or SHA-512.");
    }

    /// <summary>The e-mail address among the attributes. Other attributes and extensions are wishes without effect.</summary>
    private static string? ReadEmail(AsnReader attributes)
    {
        string? email = null;
        bool seen = false;
        while (attributes.HasData)
        {
            AsnReader attribute = attributes.ReadSequence();
            string type = attribute.ReadObjectIdentifier();
            AsnReader values = attribute.ReadSetOf();
            attribute.ThrowIfNotEmpty();
            if (type != ExtensionRequest)
            {
                continue;
            }

            AsnReader extensions = values.ReadSequence();
            values.ThrowIfNotEmpty();
            while (extensions.HasData)
            {
                (string oid, byte[] value) = ReadExtension(extensions.ReadSequence());
                if (oid == SubjectAlternativeName)
                {
                    email = seen ? throw Refuse("The certification request asks for alternative names twice.") : ReadAlternativeName(value);
                    seen = true;
                }
            }
        }

        return email;
    }

    private static (string Oid, byte[] Value) ReadExtension(AsnReader extension)
    {
        string oid = extension.ReadObjectIdentifier();
        if (extension.PeekTag() == Asn1Tag.Boolean)
        {
            extension.ReadBoolean();
        }

        byte[] value = extension.ReadOctetString();
        extension.ThrowIfNotEmpty();
        return (oid, value);
    }

    private static string ReadAlternativeName(byte[] der)
    {
        var rfc822Name = new Asn1Tag(TagClass.ContextSpecific, 1);
        var outer = new AsnReader(der, AsnEncodingRules.DER);
        AsnReader names = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        if (!names.HasData || names.PeekTag() != rfc822Name)
        {
            throw Refuse("An e-mail address is the only alternative name that can be certified.");
        }

        string email = names.ReadCharacterString(UniversalTagNumber.IA5String, rfc822Name);
        return names.HasData ? throw Refuse("One e-mail address is the only alternative name that can be certified.") : email;
    }

    private static ProblemException Refuse(string sentence, Exception? cause = null) =>
        new(Problem.InvalidRequest, ProblemCodes.Malformed, sentence, cause);
}
