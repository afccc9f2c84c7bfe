using System.Formats.Asn1;

namespace RemoteSigning.Pki.Ocsp;

/// <summary>OCSPRequest (RFC 6960, 4.1.1). A requestor's name and signature are read over: anybody may ask.</summary>
/// <param name="Nonce">The OCTET STRING inside the nonce extension (RFC 9654); null without one.</param>
internal sealed record OcspRequest(IReadOnlyList<CertificateIdentifier> Certificates, byte[]? Nonce)
{
    public const string NonceOid = "1.3.6.1.5.5.7.48.1.2";

    /// <summary>More is not asked by anybody who means well; each costs a look into the records.</summary>
    public const int MaximumCertificates = 20;

    private const int MaximumNonce = 32;

    private static readonly Asn1Tag Version = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag RequestorName = new(TagClass.ContextSpecific, 1, isConstructed: true);
    private static readonly Asn1Tag RequestExtensions = new(TagClass.ContextSpecific, 2, isConstructed: true);

    /// <summary>Null when it is malformed.</summary>
    public static OcspRequest? TryRead(ReadOnlyMemory<byte> der)
    {
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.DER);
            AsnReader request = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            AsnReader content = request.ReadSequence();
            if (ReadOptional(content, Version) is { } version && !(version.TryReadInt32(out int number) && number == 0))
            {
                return null;
            }

            _ = ReadOptional(content, RequestorName);
            List<CertificateIdentifier> certificates = ReadCertificates(content.ReadSequence());
            AsnReader? extensions = ReadOptional(content, RequestExtensions);
            content.ThrowIfNotEmpty();
            return extensions is null
                ? new OcspRequest(certificates, null)
                : new OcspRequest(certificates, ReadNonce(extensions.ReadSequence()));
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static List<CertificateIdentifier> ReadCertificates(AsnReader list)
    {
        var certificates = new List<CertificateIdentifier>();
        while (list.HasData)
        {
            // What may follow in a Request are extensions of this one certificate: none is known, none changes the answer.
            ReadOnlyMemory<byte> encoded = list.ReadSequence().ReadEncodedValue();
            AsnReader identifier = new AsnReader(encoded, AsnEncodingRules.DER).ReadSequence();
            string hash = identifier.ReadSequence().ReadObjectIdentifier();
            byte[] name = identifier.ReadOctetString();
            byte[] key = identifier.ReadOctetString();
            string serial = Convert.ToHexString(identifier.ReadIntegerBytes().Span);
            identifier.ThrowIfNotEmpty();
            certificates.Add(new CertificateIdentifier(encoded, hash, name, key, serial));
        }

        return certificates.Count is > 0 and <= MaximumCertificates
            ? certificates
            : throw new AsnContentException("Too few or too many certificates.");
    }

    private static byte[]? ReadNonce(AsnReader extensions)
    {
        byte[]? nonce = null;
        while (extensions.HasData)
        {
            AsnReader extension = extensions.ReadSequence();
            string oid = extension.ReadObjectIdentifier();
            bool critical = extension.PeekTag() == Asn1Tag.Boolean && extension.ReadBoolean();
            byte[] value = extension.ReadOctetString();
            extension.ThrowIfNotEmpty();
            if (oid == NonceOid)
            {
                nonce = new AsnReader(value, AsnEncodingRules.DER).ReadOctetString();
                if (nonce.Length is 0 or > MaximumNonce)
                {
                    throw new AsnContentException("The nonce has no length that is allowed.");
                }
            }
            else if (critical)
            {
                throw new AsnContentException("A critical extension is unknown.");
            }
        }

        return nonce;
    }

    private static AsnReader? ReadOptional(AsnReader reader, Asn1Tag tag) =>
        reader.HasData && reader.PeekTag() == tag ? reader.ReadSequence(tag) : null;
}
