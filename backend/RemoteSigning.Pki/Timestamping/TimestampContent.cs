using System.Formats.Asn1;
using RemoteSigning.Pki.Options;

namespace RemoteSigning.Pki.Timestamping;

/// <summary>Writes TSTInfo (RFC 3161, 2.4.2): without ordering (false by default), tsa and extensions.</summary>
internal sealed class TimestampContent(PkiOptions options)
{
    private static readonly Asn1Tag Millis = new(TagClass.ContextSpecific, 0);

    private readonly byte[] _accuracy = Accuracy(options.Timestamping.Accuracy);

    /// <param name="serialNumber">Positive, as <c>SerialNumbers.Draw</c> makes it.</param>
    /// <param name="time">Whole milliseconds.</param>
    public byte[] Write(TimestampRequest request, string policy, byte[] serialNumber, DateTimeOffset time)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            writer.WriteObjectIdentifier(policy);
            writer.WriteEncodedValue(request.Imprint.Span);
            writer.WriteInteger(serialNumber);
            writer.WriteGeneralizedTime(time);
            writer.WriteEncodedValue(_accuracy);
            if (request.Nonce is { } nonce)
            {
                writer.WriteInteger(nonce);
            }
        }

        return writer.Encode();
    }

    private static byte[] Accuracy(TimeSpan accuracy)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            if (accuracy >= TimeSpan.FromSeconds(1))
            {
                writer.WriteInteger((long)accuracy.TotalSeconds);
            }

            if (accuracy.Milliseconds > 0)
            {
                writer.WriteInteger(accuracy.Milliseconds, Millis);
            }
        }

        return writer.Encode();
    }
}
