using System.Formats.Asn1;

namespace RemoteSigning.Interop;

/// <summary>What was signed in a CMS SignedData (RFC 5652) with one signer, and the signature, just as they stand there.</summary>
/// <param name="Content">Octets of the encapsulated content without tag and length; empty when detached.</param>
/// <param name="SignedAttributes">As they are hashed: DER with the tag SET OF (RFC 5652 section 5.4).</param>
internal sealed record CmsSignature(byte[] Content, byte[] SignedAttributes, byte[] Signature)
{
    private static readonly Asn1Tag Zero = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag One = new(TagClass.ContextSpecific, 1);

    public static CmsSignature Read(string file)
    {
        AsnReader data = new AsnReader(File.ReadAllBytes(file), AsnEncodingRules.BER).ReadSequence();
        data.ReadObjectIdentifier();
        data = data.ReadSequence(Zero).ReadSequence();
        data.ReadInteger();
        data.ReadSetOf();
        AsnReader content = data.ReadSequence();
        content.ReadObjectIdentifier();
        byte[] inner = content.HasData ? content.ReadSequence(Zero).PeekContentBytes().ToArray() : [];
        foreach (Asn1Tag optional in (Asn1Tag[])[Zero, One])
        {
            if (data.PeekTag().HasSameClassAndValue(optional))
            {
                data.ReadEncodedValue(); // Certificates, revocation lists.
            }
        }

        AsnReader signer = data.ReadSetOf().ReadSequence();
        signer.ReadInteger();
        signer.ReadSequence(); // Issuer and serial number.
        signer.ReadSequence(); // Digest algorithm.
        byte[] attributes = signer.ReadEncodedValue().ToArray();
        attributes[0] = 0x31;
        signer.ReadSequence(); // Signature algorithm.
        return new CmsSignature(inner, attributes, signer.ReadOctetString());
    }
}
