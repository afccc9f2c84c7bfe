using System.Formats.Asn1;

namespace RemoteSigning.Pki.Timestamping;

/// <summary>Writes TimeStampResp (RFC 3161, 2.4.2).</summary>
internal static class TimestampResponse
{
    private const int GrantedStatus = 0;
    private const int RejectionStatus = 2;

    /// <param name="token">TimeStampToken.</param>
    public static byte[] Granted(ReadOnlySpan<byte> token)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteInteger(GrantedStatus);
            }

            writer.WriteEncodedValue(token);
        }

        return writer.Encode();
    }

    /// <param name="text">For people.</param>
    public static byte[] Rejected(TimestampFailure failure, string text)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            writer.WriteInteger(RejectionStatus);
            using (writer.PushSequence())
            {
                writer.WriteCharacterString(UniversalTagNumber.UTF8String, text);
            }

            writer.WriteNamedBitList(failure);
        }

        return writer.Encode();
    }
}
