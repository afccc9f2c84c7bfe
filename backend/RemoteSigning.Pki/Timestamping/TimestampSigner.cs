using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Cryptoki;
using RemoteSigning.Pki.Authority;

namespace RemoteSigning.Pki.Timestamping;

/// <summary>
/// Makes a TimeStampToken: CMS SignedData (RFC 5652) over TSTInfo with one signer, the attributes contentType,
/// messageDigest and signingCertificateV2 (RFC 5816), and SHA-256. What is the same in each token is written once.
/// </summary>
internal sealed class TimestampSigner
{
    private const string SignedData = "1.2.840.113549.1.7.2";
    private const string TimestampInfo = "1.2.840.113549.1.9.16.1.4";
    private const string ContentType = "1.2.840.113549.1.9.3";
    private const string MessageDigest = "1.2.840.113549.1.9.4";
    private const string SigningCertificateV2 = "1.2.840.113549.1.9.16.2.47";
    private const byte SetOf = 0x31;
    private const byte SignedAttributes = 0xA0;

    private static readonly Asn1Tag Explicit0 = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag DirectoryName = new(TagClass.ContextSpecific, 4, isConstructed: true);

    private readonly AsymmetricAlgorithm _key;
    private readonly bool _isRsa;
    private readonly byte[] _issuerAndSerialNumber;
    private readonly byte[] _contentType;
    private readonly byte[] _signingCertificate;
    private readonly byte[] _certificates;

    /// <param name="issuing">Goes along with the certificate where certificates are wanted; the root does not.</param>
    public TimestampSigner(TimestampIdentity identity, X509Certificate2 issuing)
    {
        _key = identity.Key;
        _isRsa = TimestampKeys.IsRsa(identity.Certificate);
        _issuerAndSerialNumber = Encode(w => WriteIssuerAndSerialNumber(w, identity.Certificate));
        _contentType = Encode(w => WriteAttribute(w, ContentType, () => w.WriteObjectIdentifier(TimestampInfo)));
        _signingCertificate = Encode(
            w => WriteAttribute(w, SigningCertificateV2, () => WriteSigningCertificate(w, identity.Certificate)));
        _certificates = Encode(w => WriteCertificates(w, identity.Certificate, issuing));
    }

    /// <param name="content">TSTInfo.</param>
    /// <exception cref="HsmException">The HSM did not sign.</exception>
    public byte[] Sign(byte[] content, bool withCertificates)
    {
        byte[] attributes = Attributes(content);
        byte[] signature = TimestampKeys.Sign(_key, attributes);
        attributes[0] = SignedAttributes;
        return Encode(writer =>
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(SignedData);
                using (writer.PushSequence(Explicit0))
                {
                    WriteSignedData(writer, content, withCertificates, attributes, signature);
                }
            }
        });
    }

    private void WriteSignedData(AsnWriter writer, byte[] content, bool withCertificates, byte[] attributes, byte[] signature)
    {
        using (writer.PushSequence())
        {
            // Version 3: the content is of another type than id-data (RFC 5652, 5.1).
            writer.WriteInteger(3);
            using (writer.PushSetOf())
            {
                WriteAlgorithm(writer, Oids.Sha256);
            }

            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(TimestampInfo);
                using (writer.PushSequence(Explicit0))
                {
                    writer.WriteOctetString(content);
                }
            }

            if (withCertificates)
            {
                writer.WriteEncodedValue(_certificates);
            }

            using (writer.PushSetOf())
            {
                WriteSignerInfo(writer, attributes, signature);
            }
        }
    }

    private void WriteSignerInfo(AsnWriter writer, byte[] attributes, byte[] signature)
    {
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            writer.WriteEncodedValue(_issuerAndSerialNumber);
            WriteAlgorithm(writer, Oids.Sha256);
            writer.WriteEncodedValue(attributes);
            WriteAlgorithm(writer, _isRsa ? Oids.Sha256WithRsa : Oids.EcdsaWithSha256, withNull: _isRsa);
            writer.WriteOctetString(signature);
        }
    }

    /// <summary>As they are signed: with the tag of SET OF (RFC 5652, 5.4).</summary>
    private byte[] Attributes(byte[] content)
    {
        byte[] attributes = Encode(writer =>
        {
            using (writer.PushSetOf())
            {
                writer.WriteEncodedValue(_contentType);
                WriteAttribute(writer, MessageDigest, () => writer.WriteOctetString(SHA256.HashData(content)));
                writer.WriteEncodedValue(_signingCertificate);
            }
        });
        return attributes[0] == SetOf ? attributes : throw new InvalidOperationException("A SET OF has another tag.");
    }

    /// <summary>One ESSCertIDv2; its hash algorithm is SHA-256, the default, and so is not written (RFC 5035, 4).</summary>
    private static void WriteSigningCertificate(AsnWriter writer, X509Certificate2 certificate)
    {
        using (writer.PushSequence())
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            writer.WriteOctetString(SHA256.HashData(certificate.RawData));
            using (writer.PushSequence())
            {
                using (writer.PushSequence())
                using (writer.PushSequence(DirectoryName))
                {
                    writer.WriteEncodedValue(certificate.IssuerName.RawData);
                }

                writer.WriteInteger(certificate.SerialNumberBytes.Span);
            }
        }
    }

    private static void WriteIssuerAndSerialNumber(AsnWriter writer, X509Certificate2 certificate)
    {
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(certificate.IssuerName.RawData);
            writer.WriteInteger(certificate.SerialNumberBytes.Span);
        }
    }

    private static void WriteCertificates(AsnWriter writer, params X509Certificate2[] certificates)
    {
        using (writer.PushSetOf(Explicit0))
        {
            foreach (X509Certificate2 certificate in certificates)
            {
                writer.WriteEncodedValue(certificate.RawData);
            }
        }
    }

    private static void WriteAttribute(AsnWriter writer, string type, Action writeValue)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(type);
            using (writer.PushSetOf())
            {
                writeValue();
            }
        }
    }

    private static void WriteAlgorithm(AsnWriter writer, string oid, bool withNull = false)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
            if (withNull)
            {
                writer.WriteNull();
            }
        }
    }

    private static byte[] Encode(Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        write(writer);
        return writer.Encode();
    }
}
