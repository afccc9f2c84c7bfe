using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Pki.Authority;
using RemoteSigning.Pki.Revocation;

namespace RemoteSigning.Pki.Ocsp;

/// <summary>Writes OCSPResponse (RFC 6960, 4.2.1).</summary>
internal static class OcspResponse
{
    private const string BasicResponse = "1.3.6.1.5.5.7.48.1.1";

    private static readonly Asn1Tag Explicit0 = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag Explicit1 = new(TagClass.ContextSpecific, 1, isConstructed: true);
    private static readonly Asn1Tag ByKey = new(TagClass.ContextSpecific, 2, isConstructed: true);
    private static readonly Asn1Tag Good = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag Revoked = new(TagClass.ContextSpecific, 1, isConstructed: true);
    private static readonly Asn1Tag Unknown = new(TagClass.ContextSpecific, 2);

    /// <summary>An answer without a statement; it is not signed.</summary>
    public static byte[] Error(OcspResponseStatus status)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEnumeratedValue(status);
        }

        return writer.Encode();
    }

    /// <summary>A signed answer.</summary>
    /// <param name="responders">Certificates of the responder's key, one for each CA that was asked about.</param>
    public static byte[] Sign(
        IReadOnlyList<CertificateStatus> statuses,
        byte[]? nonce,
        DateTimeOffset now,
        DateTimeOffset nextUpdate,
        RSA key,
        IReadOnlyList<X509Certificate2> responders)
    {
        byte[] data = Data(statuses, nonce, now, nextUpdate, responders[0].PublicKey);
        byte[] signature = key.SignData(data, CertificationAuthority.Hash, RSASignaturePadding.Pkcs1);
        var basic = new AsnWriter(AsnEncodingRules.DER);
        using (basic.PushSequence())
        {
            basic.WriteEncodedValue(data);
            using (basic.PushSequence())
            {
                basic.WriteObjectIdentifier(Oids.Sha256WithRsa);
                basic.WriteNull();
            }

            basic.WriteBitString(signature);
            using (basic.PushSequence(Explicit0))
            using (basic.PushSequence())
            {
                foreach (X509Certificate2 certificate in responders)
                {
                    basic.WriteEncodedValue(certificate.RawData);
                }
            }
        }

        return Wrap(basic.Encode());
    }

    private static byte[] Wrap(byte[] basic)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEnumeratedValue(OcspResponseStatus.Successful);
            using (writer.PushSequence(Explicit0))
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(BasicResponse);
                writer.WriteOctetString(basic);
            }
        }

        return writer.Encode();
    }

    private static byte[] Data(
        IReadOnlyList<CertificateStatus> statuses, byte[]? nonce, DateTimeOffset now, DateTimeOffset nextUpdate, PublicKey responder)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence(ByKey))
            {
                // The standard fixes SHA-1 here; it only names a key.
                writer.WriteOctetString(CryptographicOperations.HashData(HashAlgorithmName.SHA1, responder.EncodedKeyValue.RawData));
            }

            WriteTime(writer, now);
            using (writer.PushSequence())
            {
                foreach (CertificateStatus status in statuses)
                {
                    WriteStatus(writer, status, now, nextUpdate);
                }
            }

            if (nonce is not null)
            {
                WriteNonce(writer, nonce);
            }
        }

        return writer.Encode();
    }

    private static void WriteStatus(AsnWriter writer, CertificateStatus status, DateTimeOffset now, DateTimeOffset nextUpdate)
    {
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(status.Certificate.Encoded.Span);
            if (!status.IsKnown)
            {
                writer.WriteNull(Unknown);
            }
            else if (status.RevokedAt is { } revokedAt)
            {
                using (writer.PushSequence(Revoked))
                {
                    WriteTime(writer, revokedAt);
                    if (RevocationReasons.ToWire(status.Reason) is { } reason)
                    {
                        using (writer.PushSequence(Explicit0))
                        {
                            writer.WriteEnumeratedValue(reason);
                        }
                    }
                }
            }
            else
            {
                writer.WriteNull(Good);
            }

            WriteTime(writer, now);
            using (writer.PushSequence(Explicit0))
            {
                WriteTime(writer, nextUpdate);
            }
        }
    }

    private static void WriteNonce(AsnWriter writer, byte[] nonce)
    {
        var value = new AsnWriter(AsnEncodingRules.DER);
        value.WriteOctetString(nonce);
        using (writer.PushSequence(Explicit1))
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(OcspRequest.NonceOid);
            writer.WriteOctetString(value.Encode());
        }
    }

    private static void WriteTime(AsnWriter writer, DateTimeOffset time) =>
        writer.WriteGeneralizedTime(time, omitFractionalSeconds: true);
}
