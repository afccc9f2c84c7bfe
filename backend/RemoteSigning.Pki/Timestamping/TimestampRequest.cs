using System.Formats.Asn1;
using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Pki.Timestamping;

/// <summary>TimeStampReq (RFC 3161, 2.4.1), in DER.</summary>
/// <param name="Imprint">MessageImprint as it came: the token repeats it.</param>
/// <param name="Policy">Dotted OID; null when none is asked for.</param>
/// <param name="Nonce">Content of the INTEGER, of 1 to <see cref="MaximumNonce"/> bytes; null without one.</param>
internal sealed record TimestampRequest(
    ReadOnlyMemory<byte> Imprint,
    ImprintAlgorithm Algorithm,
    byte[] Digest,
    string? Policy,
    byte[]? Nonce,
    bool WantsCertificates)
{
    /// <summary>In bytes. Clients send 8 to 32; nobody needs to have us sign and store more.</summary>
    public const int MaximumNonce = 128;

    private static readonly Asn1Tag Extensions = new(TagClass.ContextSpecific, 0, isConstructed: true);

    /// <exception cref="TimestampRefusedException">Not DER of this form, or nothing that is supported.</exception>
    public static TimestampRequest Read(ReadOnlyMemory<byte> der)
    {
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.DER);
            AsnReader request = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            return ReadContent(request);
        }
        catch (AsnContentException)
        {
            throw new TimestampRefusedException(TimestampFailure.BadDataFormat, "The request is not a DER-encoded TimeStampReq (RFC 3161, 2.4.1).");
        }
    }

    private static TimestampRequest ReadContent(AsnReader request)
    {
        if (!request.TryReadInt32(out int version) || version != 1)
        {
            throw new TimestampRefusedException(TimestampFailure.BadRequest, "The version of the request must be 1.");
        }

        ReadOnlyMemory<byte> imprint = request.ReadEncodedValue();
        string? policy = IsNext(request, Asn1Tag.ObjectIdentifier) ? request.ReadObjectIdentifier() : null;
        byte[]? nonce = IsNext(request, Asn1Tag.Integer) ? request.ReadIntegerBytes().ToArray() : null;
        bool wantsCertificates = IsNext(request, Asn1Tag.Boolean) && request.ReadBoolean();
        bool hasExtensions = IsNext(request, Extensions);
        if (hasExtensions)
        {
            _ = request.ReadSequence(Extensions);
        }

        request.ThrowIfNotEmpty();
        (ImprintAlgorithm algorithm, byte[] digest) = ReadImprint(imprint);
        if (hasExtensions)
        {
            throw new TimestampRefusedException(TimestampFailure.UnacceptedExtension, "Extensions are not supported.");
        }

        return nonce is { Length: > MaximumNonce }
            ? throw new TimestampRefusedException(TimestampFailure.BadRequest, $"The nonce may have {MaximumNonce} bytes at most.")
            : new TimestampRequest(imprint, algorithm, digest, policy, nonce, wantsCertificates);
    }

    private static (ImprintAlgorithm Algorithm, byte[] Digest) ReadImprint(ReadOnlyMemory<byte> der)
    {
        AsnReader imprint = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        AsnReader identifier = imprint.ReadSequence();
        byte[] digest = imprint.ReadOctetString();
        imprint.ThrowIfNotEmpty();
        string oid = identifier.ReadObjectIdentifier();
        if (IsNext(identifier, Asn1Tag.Null))
        {
            identifier.ReadNull();
        }

        if (identifier.HasData || ImprintAlgorithm.FromOid(oid) is not { } algorithm)
        {
            throw new TimestampRefusedException(TimestampFailure.BadAlgorithm, "The hash algorithm is not supported.");
        }

        return digest.Length == algorithm.Length
            ? (algorithm, digest)
            : throw new TimestampRefusedException(
                TimestampFailure.BadDataFormat, $"A digest of this algorithm has {algorithm.Length} bytes, not {digest.Length}.");
    }

    private static bool IsNext(AsnReader reader, Asn1Tag tag) => reader.HasData && reader.PeekTag() == tag;
}
