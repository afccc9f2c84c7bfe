using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Server.Enrollment;

/// <summary>A PKCS#10 request (RFC 2986) whose key is elsewhere: first what is to be signed, then the whole.</summary>
internal static class CertificationRequest
{
    private const string ExtensionRequest = "1.2.840.113549.1.9.14";
    private const string SubjectAlternativeName = "2.5.29.17";

    /// <summary>DER CertificationRequestInfo that asks for the e-mail address as rfc822Name.</summary>
    public static byte[] Info(X500DistinguishedName subject, byte[] publicKeyInfo, string email)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(0);
            writer.WriteEncodedValue(subject.RawData);
            writer.WriteEncodedValue(publicKeyInfo);
            using (writer.PushSetOf(new Asn1Tag(TagClass.ContextSpecific, 0)))
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(ExtensionRequest);
                using (writer.PushSetOf())
                using (writer.PushSequence())
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(SubjectAlternativeName);
                    writer.WriteOctetString(AlternativeName(email));
                }
            }
        }

        return writer.Encode();
    }

    /// <summary>The signed request, DER.</summary>
    public static byte[] Complete(byte[] info, SignatureAlgorithm algorithm, byte[] signature)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(info);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(algorithm.Oid);
                if (algorithm.Scheme == SignatureScheme.RsaPkcs1)
                {
                    writer.WriteNull();
                }
            }

            writer.WriteBitString(signature);
        }

        return writer.Encode();
    }

    private static byte[] AlternativeName(string email)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteCharacterString(UniversalTagNumber.IA5String, email, new Asn1Tag(TagClass.ContextSpecific, 1));
        }

        return writer.Encode();
    }
}
