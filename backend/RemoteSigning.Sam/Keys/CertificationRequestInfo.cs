using System.Formats.Asn1;
using RemoteSigning.Contracts;

namespace RemoteSigning.Sam.Keys;

/// <summary>
/// Checks that bytes to be signed as a proof of possession are a CertificationRequestInfo (RFC 2986, 4.1) for
/// this key and this subject, and nothing else that a signature could be taken for.
/// </summary>
internal static class CertificationRequestInfo
{
    private const int Longest = 16 * 1024;

    /// <exception cref="ProblemException">The bytes are anything else.</exception>
    public static void Check(byte[] der, SealedKey key, SealedKey.KeyOwner owner)
    {
        if (der.Length > Longest)
        {
            throw Refusals.Create(ProblemCodes.Malformed, "the request info is too long");
        }

        byte[] subject;
        byte[] publicKey;
        try
        {
            (subject, publicKey) = Read(der);
        }
        catch (AsnContentException e)
        {
            throw Refusals.Create(ProblemCodes.Malformed, $"not a CertificationRequestInfo: {e.Message}", e);
        }

        if (!publicKey.AsSpan().SequenceEqual(key.PublicKeyInfo))
        {
            throw Refusals.Create(ProblemCodes.Malformed, "the request info names another public key");
        }

        if (!DistinguishedName.AreEqual(owner.Subject, subject))
        {
            throw Refusals.Create(ProblemCodes.Malformed, "the request info names another subject than the assigned one");
        }
    }

    private static (byte[] Subject, byte[] PublicKey) Read(byte[] der)
    {
        var outer = new AsnReader(der, AsnEncodingRules.DER);
        AsnReader info = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        if (!info.TryReadInt32(out int version) || version != 0)
        {
            throw new AsnContentException("The version is not 0.");
        }

        byte[] subject = info.PeekEncodedValue().ToArray();
        info.ReadSequence();
        byte[] publicKey = info.PeekEncodedValue().ToArray();
        info.ReadSequence();
        AsnReader attributes = info.ReadSetOf(new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true));
        info.ThrowIfNotEmpty();
        while (attributes.HasData)
        {
            AsnReader attribute = attributes.ReadSequence();
            attribute.ReadObjectIdentifier();
            attribute.ReadSetOf();
            attribute.ThrowIfNotEmpty();
        }

        return (subject, publicKey);
    }
}
