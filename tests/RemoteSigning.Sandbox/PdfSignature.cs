using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace RemoteSigning.Sandbox;

/// <summary>The last signature in a PDF file, taken apart far enough to recompute what was signed (ISO 32000-1, 12.8).</summary>
public sealed partial class PdfSignature
{
    private const string MessageDigestOid = "1.2.840.113549.1.9.4";

    private PdfSignature(string serialNumber, byte[] signedAttributes, byte[] documentDigest, byte[] declaredDigest)
    {
        SignerSerialNumber = serialNumber;
        SignedAttributes = signedAttributes;
        DocumentDigest = documentDigest;
        DeclaredDocumentDigest = declaredDigest;
    }

    /// <summary>Serial number of the signer's certificate, upper-case hex.</summary>
    public string SignerSerialNumber { get; }

    /// <summary>The DER SET of signed attributes: its SHA-256 is what the key signed (RFC 5652, 5.4).</summary>
    public byte[] SignedAttributes { get; }

    /// <summary>SHA-256 over the file without the signature's own place.</summary>
    public byte[] DocumentDigest { get; }

    /// <summary>What the signed attribute messageDigest says it is.</summary>
    public byte[] DeclaredDocumentDigest { get; }

    /// <summary>The digest that went to the HSM (DTBS/R).</summary>
    public byte[] SignedDigest => SHA256.HashData(SignedAttributes);

    public static PdfSignature ReadLast(string file)
    {
        byte[] pdf = File.ReadAllBytes(file);
        Match range = ByteRange().Matches(Encoding.Latin1.GetString(pdf)).LastOrDefault()
            ?? throw new SandboxException($"{file} holds no signature.");
        int[] r = [.. Enumerable.Range(1, 4).Select(i => int.Parse(range.Groups[i].Value, CultureInfo.InvariantCulture))];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(pdf, r[0], r[1]);
        hash.AppendData(pdf, r[2], r[3]);
        string hex = Encoding.ASCII.GetString(pdf, r[1] + 1, r[2] - r[1] - 2);
        byte[] padded = Convert.FromHexString(hex);
        AsnDecoder.ReadSequence(padded, AsnEncodingRules.BER, out _, out _, out int length);
        (string serial, byte[] attributes) = ReadSignerInfo(padded[..length]);
        return new PdfSignature(serial, attributes, hash.GetHashAndReset(), ReadMessageDigest(attributes));
    }

    private static byte[] ReadMessageDigest(byte[] signedAttributes)
    {
        AsnReader attributes = new AsnReader(signedAttributes, AsnEncodingRules.DER).ReadSetOf();
        while (attributes.HasData)
        {
            AsnReader attribute = attributes.ReadSequence();
            if (attribute.ReadObjectIdentifier() == MessageDigestOid)
            {
                return attribute.ReadSetOf().ReadOctetString();
            }
        }

        throw new SandboxException("The signature has no signed attribute messageDigest.");
    }

    /// <summary>
    /// Walks ContentInfo → SignedData → the first SignerInfo; takes the serial number out of its IssuerAndSerialNumber
    /// and the signed attributes [0], which get the tag of a SET.
    /// </summary>
    private static (string SerialNumber, byte[] SignedAttributes) ReadSignerInfo(byte[] cms)
    {
        var context0 = new Asn1Tag(TagClass.ContextSpecific, 0);
        var contentInfo = new AsnReader(cms, AsnEncodingRules.BER).ReadSequence();
        contentInfo.ReadObjectIdentifier();
        AsnReader signedData = contentInfo.ReadSequence(context0).ReadSequence();
        signedData.ReadInteger();
        signedData.ReadSetOf(skipSortOrderValidation: true);
        signedData.ReadSequence();
        while (signedData.PeekTag() is { TagClass: TagClass.ContextSpecific })
        {
            signedData.ReadEncodedValue();
        }

        AsnReader signerInfo = signedData.ReadSetOf(skipSortOrderValidation: true).ReadSequence();
        signerInfo.ReadInteger();
        AsnReader issuerAndSerialNumber = signerInfo.ReadSequence();
        issuerAndSerialNumber.ReadSequence();
        string serial = Convert.ToHexString(issuerAndSerialNumber.ReadIntegerBytes().Span);
        signerInfo.ReadSequence();
        byte[] attributes = signerInfo.ReadEncodedValue().ToArray();
        attributes[0] = 0x31;
        return (serial, attributes);
    }

    [GeneratedRegex(@"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")]
    private static partial Regex ByteRange();
}
