using System.Formats.Asn1;

namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>A time-stamping authority's answers, in their form, but without a signature.</summary>
internal static class FakeTimestamps
{
    private static readonly Asn1Tag Explicit0 = new(TagClass.ContextSpecific, 0, isConstructed: true);

    /// <summary>A token about what is asked for.</summary>
    /// <param name="change">Changes the content of MessageImprint and of the nonce before they are repeated.</param>
    public static byte[] Grant(byte[] request, Func<byte[], byte[]>? change = null)
    {
        AsnReader fields = new AsnReader(request, AsnEncodingRules.DER).ReadSequence();
        _ = fields.ReadInteger();
        byte[] imprint = fields.ReadEncodedValue().ToArray();
        byte[]? nonce = fields.PeekTag() == Asn1Tag.Integer ? fields.ReadEncodedValue().ToArray() : null;
        byte[] info = Encode(w =>
        {
            w.WriteInteger(1);
            w.WriteObjectIdentifier("1.3.6.1.4.1.32473.3.1");
            w.WriteEncodedValue(change?.Invoke(imprint) ?? imprint);
            w.WriteInteger(77);
            w.WriteGeneralizedTime(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
            if (nonce is not null)
            {
                w.WriteEncodedValue(change?.Invoke(nonce) ?? nonce);
            }
        });
        return Encode(w =>
        {
            w.WriteEncodedValue(Encode(status => status.WriteInteger(0)));
            w.WriteEncodedValue(Token(info));
        });
    }

    /// <param name="failure">Bit of PKIFailureInfo; none when null.</param>
    public static byte[] Refuse(int? failure) => Encode(w => w.WriteEncodedValue(Encode(status =>
    {
        status.WriteInteger(2);
        status.WriteEncodedValue(Encode(text => text.WriteCharacterString(UniversalTagNumber.UTF8String, "Refused.")));
        if (failure is { } bit)
        {
            status.WriteNamedBitList(new System.Collections.BitArray(bit + 1) { [bit] = true });
        }
    })));

    /// <summary>Imprint (DER) and nonce (content of the INTEGER) in a token.</summary>
    public static (byte[] Imprint, byte[] Nonce) Read(byte[] token)
    {
        AsnReader content = new AsnReader(token, AsnEncodingRules.DER).ReadSequence();
        _ = content.ReadObjectIdentifier();
        AsnReader signed = content.ReadSequence(Explicit0).ReadSequence();
        _ = signed.ReadInteger();
        _ = signed.ReadSetOf();
        AsnReader encapsulated = signed.ReadSequence();
        _ = encapsulated.ReadObjectIdentifier();
        AsnReader info = new AsnReader(encapsulated.ReadSequence(Explicit0).ReadOctetString(), AsnEncodingRules.DER).ReadSequence();
        _ = info.ReadInteger();
        _ = info.ReadObjectIdentifier();
        byte[] imprint = info.ReadEncodedValue().ToArray();
        _ = info.ReadInteger();
        _ = info.ReadGeneralizedTime();
        return (imprint, info.HasData ? info.ReadIntegerBytes().ToArray() : []);
    }

    private static byte[] Token(byte[] info) => Encode(w =>
    {
        w.WriteObjectIdentifier("1.2.840.113549.1.7.2");
        using (w.PushSequence(Explicit0))
        using (w.PushSequence())
        {
            w.WriteInteger(3);
            w.PushSetOf().Dispose();
            using (w.PushSequence())
            {
                w.WriteObjectIdentifier("1.2.840.113549.1.9.16.1.4");
                using (w.PushSequence(Explicit0))
                {
                    w.WriteOctetString(info);
                }
            }

            w.PushSetOf().Dispose();
        }
    });

    private static byte[] Encode(Action<AsnWriter> content)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            content(writer);
        }

        return writer.Encode();
    }
}
