using System.Formats.Asn1;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using RemoteSigning.Pki.Timestamping;

namespace RemoteSigning.Pki.Tests;

/// <summary>TimeStampResp, read as strictly as DER and the RFCs 3161, 5652 and 5816 allow; anything more or less fails.</summary>
internal sealed record TimestampAnswer(TimestampFailure? Failure, string? Text, TimestampAnswer.TokenContent? Token)
{
    private static readonly Asn1Tag Zero = new(TagClass.ContextSpecific, 0, isConstructed: true);

    /// <param name="Imprint">DER.</param>
    /// <param name="Nonce">Content of the INTEGER.</param>
    /// <param name="SignedAttributes">As signed.</param>
    public sealed record TokenContent(
        byte[] Der,
        string Policy,
        byte[] Imprint,
        byte[] SerialNumber,
        DateTimeOffset Time,
        TimeSpan Accuracy,
        byte[]? Nonce,
        IReadOnlyList<byte[]> Certificates,
        byte[] SignedAttributes,
        string SignatureAlgorithm,
        byte[] Signature);

    public static TimestampAnswer Read(byte[] der)
    {
        AsnReader response = Whole(der).ReadSequence();
        AsnReader status = response.ReadSequence();
        BigInteger number = status.ReadInteger();
        if (number == 0)
        {
            status.ThrowIfNotEmpty();
            byte[] token = response.ReadEncodedValue().ToArray();
            response.ThrowIfNotEmpty();
            return new TimestampAnswer(null, null, ReadToken(token));
        }

        Assert.That(number, Is.EqualTo(new BigInteger(2)), "rejection");
        AsnReader texts = status.ReadSequence();
        string text = texts.ReadCharacterString(UniversalTagNumber.UTF8String);
        texts.ThrowIfNotEmpty();
        var failure = status.ReadNamedBitListValue<TimestampFailure>();
        status.ThrowIfNotEmpty();
        response.ThrowIfNotEmpty();
        return new TimestampAnswer(failure, text, null);
    }

    public static TokenContent ReadToken(byte[] der)
    {
        AsnReader contentInfo = Whole(der).ReadSequence();
        Assert.That(contentInfo.ReadObjectIdentifier(), Is.EqualTo("1.2.840.113549.1.7.2"));
        AsnReader wrapper = contentInfo.ReadSequence(Zero);
        contentInfo.ThrowIfNotEmpty();
        AsnReader signed = wrapper.ReadSequence();
        wrapper.ThrowIfNotEmpty();
        Assert.That(signed.ReadInteger(), Is.EqualTo(new BigInteger(3)), "version of SignedData");
        Assert.That(ReadAlgorithm(Single(signed.ReadSetOf())), Is.EqualTo(Timestamps.Sha256));
        byte[] content = ReadContent(signed.ReadSequence());
        List<byte[]> certificates = signed.PeekTag() == Zero ? ReadAll(signed.ReadSetOf(Zero)) : [];
        AsnReader signer = Single(signed.ReadSetOf());
        signed.ThrowIfNotEmpty();
        return ReadInfo(der, content, certificates, signer);
    }

    private static byte[] ReadContent(AsnReader encapsulated)
    {
        Assert.That(encapsulated.ReadObjectIdentifier(), Is.EqualTo("1.2.840.113549.1.9.16.1.4"));
        AsnReader wrapper = encapsulated.ReadSequence(Zero);
        encapsulated.ThrowIfNotEmpty();
        byte[] content = wrapper.ReadOctetString();
        wrapper.ThrowIfNotEmpty();
        return content;
    }

    private static TokenContent ReadInfo(byte[] der, byte[] content, List<byte[]> certificates, AsnReader signer)
    {
        (byte[] attributes, string algorithm, byte[] signature) = ReadSigner(signer, content);
        AsnReader info = Whole(content).ReadSequence();
        Assert.That(info.ReadInteger(), Is.EqualTo(BigInteger.One), "version of TSTInfo");
        string policy = info.ReadObjectIdentifier();
        byte[] imprint = info.ReadEncodedValue().ToArray();
        byte[] serial = info.ReadIntegerBytes().ToArray();
        DateTimeOffset time = ReadTime(info.ReadEncodedValue().Span);
        TimeSpan accuracy = ReadAccuracy(info.ReadSequence());
        byte[]? nonce = info.HasData ? info.ReadIntegerBytes().ToArray() : null;
        info.ThrowIfNotEmpty();
        return new TokenContent(der, policy, imprint, serial, time, accuracy, nonce, certificates, attributes, algorithm, signature);
    }

    private static (byte[] Attributes, string Algorithm, byte[] Signature) ReadSigner(AsnReader signer, byte[] content)
    {
        using X509Certificate2 certificate = PkiWorld.TimestampCertificate();
        Assert.That(signer.ReadInteger(), Is.EqualTo(BigInteger.One), "version of SignerInfo");
        AsnReader issuerAndSerial = signer.ReadSequence();
        Assert.That(issuerAndSerial.ReadEncodedValue().ToArray(), Is.EqualTo(certificate.IssuerName.RawData));
        Assert.That(issuerAndSerial.ReadIntegerBytes().ToArray(), Is.EqualTo(certificate.SerialNumberBytes.ToArray()));
        issuerAndSerial.ThrowIfNotEmpty();
        Assert.That(ReadAlgorithm(signer.ReadSequence()), Is.EqualTo(Timestamps.Sha256));
        byte[] attributes = signer.ReadEncodedValue().ToArray();
        Assert.That(attributes[0], Is.EqualTo(0xA0));
        attributes[0] = 0x31;
        ReadAttributes(Whole(attributes).ReadSetOf(), content, certificate);
        string algorithm = ReadAlgorithm(signer.ReadSequence());
        byte[] signature = signer.ReadOctetString();
        signer.ThrowIfNotEmpty();
        return (attributes, algorithm, signature);
    }

    private static void ReadAttributes(AsnReader attributes, byte[] content, X509Certificate2 certificate)
    {
        var values = new Dictionary<string, AsnReader>();
        while (attributes.HasData)
        {
            AsnReader attribute = attributes.ReadSequence();
            string type = attribute.ReadObjectIdentifier();
            values.Add(type, attribute.ReadSetOf());
            attribute.ThrowIfNotEmpty();
        }

        Assert.That(
            values.Keys,
            Is.EquivalentTo(new[] { "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.16.2.47" }));
        Assert.That(values["1.2.840.113549.1.9.3"].ReadObjectIdentifier(), Is.EqualTo("1.2.840.113549.1.9.16.1.4"));
        Assert.That(values["1.2.840.113549.1.9.4"].ReadOctetString(), Is.EqualTo(SHA256.HashData(content)));
        AsnReader identifier = Single(Single(values["1.2.840.113549.1.9.16.2.47"]));
        identifier = Single(identifier);
        Assert.That(identifier.ReadOctetString(), Is.EqualTo(SHA256.HashData(certificate.RawData)));
        AsnReader issuerSerial = identifier.ReadSequence();
        identifier.ThrowIfNotEmpty();
        AsnReader names = issuerSerial.ReadSequence();
        AsnReader name = names.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 4, isConstructed: true));
        names.ThrowIfNotEmpty();
        Assert.That(name.ReadEncodedValue().ToArray(), Is.EqualTo(certificate.IssuerName.RawData));
        Assert.That(issuerSerial.ReadIntegerBytes().ToArray(), Is.EqualTo(certificate.SerialNumberBytes.ToArray()));
        issuerSerial.ThrowIfNotEmpty();
    }

    /// <summary>UTC with at most three digits of a second, none of them a last zero (X.690, 11.7). AsnReader does not read fractions exactly.</summary>
    private static DateTimeOffset ReadTime(ReadOnlySpan<byte> der)
    {
        Assert.That(der[0], Is.EqualTo((byte)UniversalTagNumber.GeneralizedTime));
        string text = Encoding.ASCII.GetString(der[2..]);
        Assert.That(text, Does.Match(@"^[0-9]{14}(\.[0-9]{0,2}[1-9])?Z$"));
        return DateTimeOffset.ParseExact(
            text, "yyyyMMddHHmmss.FFF'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
    }

    private static TimeSpan ReadAccuracy(AsnReader accuracy)
    {
        TimeSpan sum = TimeSpan.Zero;
        if (accuracy.HasData && accuracy.PeekTag() == Asn1Tag.Integer)
        {
            sum += TimeSpan.FromSeconds((double)accuracy.ReadInteger());
        }

        var millis = new Asn1Tag(TagClass.ContextSpecific, 0);
        if (accuracy.HasData)
        {
            sum += TimeSpan.FromMilliseconds((double)accuracy.ReadInteger(millis));
        }

        accuracy.ThrowIfNotEmpty();
        return sum;
    }

    private static string ReadAlgorithm(AsnReader identifier)
    {
        string oid = identifier.ReadObjectIdentifier();
        if (identifier.HasData)
        {
            identifier.ReadNull();
        }

        identifier.ThrowIfNotEmpty();
        return oid;
    }

    private static List<byte[]> ReadAll(AsnReader set)
    {
        var all = new List<byte[]>();
        while (set.HasData)
        {
            all.Add(set.ReadEncodedValue().ToArray());
        }

        return all;
    }

    private static AsnReader Single(AsnReader collection)
    {
        AsnReader single = collection.ReadSequence();
        collection.ThrowIfNotEmpty();
        return single;
    }

    private static AsnReader Whole(byte[] der)
    {
        var reader = new AsnReader(der, AsnEncodingRules.DER);
        _ = reader.PeekEncodedValue();
        Assert.That(reader.PeekEncodedValue().Length, Is.EqualTo(der.Length), "nothing may follow");
        return reader;
    }
}
