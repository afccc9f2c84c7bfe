using System.Formats.Asn1;
using RemoteSigning.Contracts;

namespace RemoteSigning.Server.Peers;

/// <summary>What is to be stamped, as TimeStampReq (RFC 3161, 2.4.1), and the reading of the answer to it.</summary>
/// <param name="Algorithm">Dotted OID.</param>
/// <param name="Nonce">A positive number, big-endian, in as few bytes as it needs.</param>
internal sealed record TimestampQuery(string Algorithm, byte[] Hash, byte[]? Nonce)
{
    private const string SignedData = "1.2.840.113549.1.7.2";
    private const string TimestampInfo = "1.2.840.113549.1.9.16.1.4";
    private const int MaximumGranted = 1;
    private const int BadAlgorithm = 0;
    private const int TimeNotAvailable = 14;
    private const int SystemFailure = 25;

    private static readonly Asn1Tag Explicit0 = new(TagClass.ContextSpecific, 0, isConstructed: true);

    /// <summary>DER; the token shall bring its certificates along.</summary>
    public byte[] Write()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            writer.WriteEncodedValue(Imprint());
            if (Nonce is not null)
            {
                writer.WriteIntegerUnsigned(Nonce);
            }

            writer.WriteBoolean(true);
        }

        return writer.Encode();
    }

    /// <summary>Reads TimeStampResp. The signature is left to who uses the token; the peer is known by its TLS key.</summary>
    /// <returns>TimeStampToken about this hash, with this nonce.</returns>
    /// <exception cref="PeerException">A refusal, or no answer to this request.</exception>
    public byte[] ReadToken(byte[] answer)
    {
        try
        {
            AsnReader response = new AsnReader(answer, AsnEncodingRules.DER).ReadSequence();
            AsnReader status = response.ReadSequence();
            if (status.ReadInteger() > MaximumGranted)
            {
                throw Refusal(status);
            }

            byte[] token = response.ReadEncodedValue().ToArray();
            return Answers(token) ? token : throw PeerException.Unbelievable(PkiClient.Name, $"{PkiClient.Name} stamped something else.");
        }
        catch (AsnContentException e)
        {
            throw new PeerException(
                PkiClient.Name, PeerOutcome.Unknown, Problem.Unavailable, ProblemCodes.OutcomeUnknown,
                $"{PkiClient.Name} gave a time stamp that cannot be read.", cause: e);
        }
    }

    private byte[] Imprint()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Algorithm);
            }

            writer.WriteOctetString(Hash);
        }

        return writer.Encode();
    }

    private bool Answers(byte[] token)
    {
        AsnReader info = ReadInfo(token);
        _ = info.ReadInteger();
        _ = info.ReadObjectIdentifier();
        ReadOnlySpan<byte> imprint = info.ReadEncodedValue().Span;
        _ = info.ReadInteger();
        _ = info.ReadGeneralizedTime();
        Skip(info, Asn1Tag.Sequence);
        Skip(info, Asn1Tag.Boolean);
        ReadOnlySpan<byte> nonce = IsNext(info, Asn1Tag.Integer) ? info.ReadIntegerBytes().Span : [];
        return imprint.SequenceEqual(Imprint()) && nonce.TrimStart((byte)0).SequenceEqual(Nonce.AsSpan().TrimStart((byte)0));
    }

    /// <summary>TSTInfo inside ContentInfo, SignedData, EncapsulatedContentInfo (RFC 5652, 5).</summary>
    private static AsnReader ReadInfo(byte[] token)
    {
        AsnReader contentInfo = new AsnReader(token, AsnEncodingRules.DER).ReadSequence();
        string type = contentInfo.ReadObjectIdentifier();
        AsnReader signed = contentInfo.ReadSequence(Explicit0).ReadSequence();
        _ = signed.ReadInteger();
        _ = signed.ReadSetOf();
        AsnReader content = signed.ReadSequence();
        return type == SignedData && content.ReadObjectIdentifier() == TimestampInfo
            ? new AsnReader(content.ReadSequence(Explicit0).ReadOctetString(), AsnEncodingRules.DER).ReadSequence()
            : throw new AsnContentException("This is not a time stamp.");
    }

    /// <summary>What follows the number of a PKIStatusInfo.</summary>
    private static PeerException Refusal(AsnReader status)
    {
        string text = IsNext(status, Asn1Tag.Sequence)
            ? status.ReadSequence().ReadCharacterString(UniversalTagNumber.UTF8String)
            : "It gave no reason.";
        System.Collections.BitArray failure = status.HasData ? status.ReadNamedBitList() : new(0);
        bool Has(int bit) => bit < failure.Length && failure[bit];
        (Problem problem, string code) =
            Has(BadAlgorithm) ? (Problem.UnsupportedAlgorithm, ProblemCodes.AlgorithmUnsupported)
            : Has(TimeNotAvailable) || Has(SystemFailure) ? (Problem.Unavailable, ProblemCodes.ServiceUnavailable)
            : (Problem.Internal, ProblemCodes.Internal);
        return new PeerException(PkiClient.Name, PeerOutcome.Refused, problem, code, text);
    }

    private static void Skip(AsnReader reader, Asn1Tag tag)
    {
        if (IsNext(reader, tag))
        {
            _ = reader.ReadEncodedValue();
        }
    }

    private static bool IsNext(AsnReader reader, Asn1Tag tag) => reader.HasData && reader.PeekTag().HasSameClassAndValue(tag);
}
