using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;

namespace RemoteSigning.Contracts.Algorithms;

/// <summary>
/// A signature algorithm that leaves nothing open: scheme, digest, and for PSS the salt length in bytes.
/// On the wire it is a dotted OID and, for PSS, DER-encoded RSASSA-PSS-params (RFC 8017, A.2.3).
/// MGF1 always uses the same digest as the message.
/// </summary>
public sealed record SignatureAlgorithm(SignatureScheme Scheme, DigestAlgorithm Digest, int SaltLength = 0)
{
    /// <summary>
    /// Reads an algorithm from its wire form. <paramref name="digestOid"/> is needed for plain RSA only
    /// (CSC <c>hashAlgo</c>); when given for a hash-bound OID it must agree.
    /// </summary>
    public static bool TryRead(
        string oid, ReadOnlySpan<byte> parameters, string? digestOid, [NotNullWhen(true)] out SignatureAlgorithm? algorithm)
    {
        algorithm = oid switch
        {
            Oids.Rsa => digestOid is null ? null : Bound(SignatureScheme.RsaPkcs1, digestOid),
            Oids.Sha1WithRsa => Bound(SignatureScheme.RsaPkcs1, Oids.Sha1),
            Oids.Sha256WithRsa => Bound(SignatureScheme.RsaPkcs1, Oids.Sha256),
            Oids.Sha384WithRsa => Bound(SignatureScheme.RsaPkcs1, Oids.Sha384),
            Oids.Sha512WithRsa => Bound(SignatureScheme.RsaPkcs1, Oids.Sha512),
            Oids.EcdsaWithSha1 => Bound(SignatureScheme.Ecdsa, Oids.Sha1),
            Oids.EcdsaWithSha256 => Bound(SignatureScheme.Ecdsa, Oids.Sha256),
            Oids.EcdsaWithSha384 => Bound(SignatureScheme.Ecdsa, Oids.Sha384),
            Oids.EcdsaWithSha512 => Bound(SignatureScheme.Ecdsa, Oids.Sha512),
            Oids.RsaPss => ReadPss(parameters),
            _ => null,
        };
        if (algorithm is not null && oid != Oids.RsaPss && parameters.Length > 0 && !IsDerNull(parameters))
        {
            algorithm = null;
        }

        if (algorithm is not null && digestOid is not null && algorithm.Digest.Oid != digestOid)
        {
            algorithm = null;
        }

        return algorithm is not null;
    }

    /// <summary>The hash-bound OID; for PSS the OID of RSASSA-PSS.</summary>
    public string Oid => (Scheme, Digest.Oid) switch
    {
        (SignatureScheme.RsaPkcs1, Oids.Sha1) => Oids.Sha1WithRsa,
        (SignatureScheme.RsaPkcs1, Oids.Sha256) => Oids.Sha256WithRsa,
        (SignatureScheme.RsaPkcs1, Oids.Sha384) => Oids.Sha384WithRsa,
        (SignatureScheme.RsaPkcs1, Oids.Sha512) => Oids.Sha512WithRsa,
        (SignatureScheme.Ecdsa, Oids.Sha1) => Oids.EcdsaWithSha1,
        (SignatureScheme.Ecdsa, Oids.Sha256) => Oids.EcdsaWithSha256,
        (SignatureScheme.Ecdsa, Oids.Sha384) => Oids.EcdsaWithSha384,
        (SignatureScheme.Ecdsa, Oids.Sha512) => Oids.EcdsaWithSha512,
        (SignatureScheme.RsaPss, _) => Oids.RsaPss,
        _ => throw new InvalidOperationException("The scheme has no OID with this digest."),
    };

    /// <summary>DER of RSASSA-PSS-params for PSS, empty otherwise.</summary>
    public byte[] Parameters()
    {
        if (Scheme != SignatureScheme.RsaPss)
        {
            return [];
        }

        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            var hash = new Asn1Tag(TagClass.ContextSpecific, 0);
            var mgf = new Asn1Tag(TagClass.ContextSpecific, 1);
            var salt = new Asn1Tag(TagClass.ContextSpecific, 2);
            using (writer.PushSequence(hash))
            {
                WriteDigest(writer);
            }

            using (writer.PushSequence(mgf))
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Oids.Mgf1);
                WriteDigest(writer);
            }

            using (writer.PushSequence(salt))
            {
                writer.WriteInteger(SaltLength);
            }
        }

        return writer.Encode();
    }

    private void WriteDigest(AsnWriter writer)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(Digest.Oid);
            writer.WriteNull();
        }
    }

    private static SignatureAlgorithm? Bound(SignatureScheme scheme, string digestOid) =>
        DigestAlgorithm.FromOid(digestOid) is { } digest ? new SignatureAlgorithm(scheme, digest) : null;

    private static bool IsDerNull(ReadOnlySpan<byte> der) => der is [0x05, 0x00];

    private static SignatureAlgorithm? ReadPss(ReadOnlySpan<byte> der)
    {
        try
        {
            var outer = new AsnReader(der.ToArray(), AsnEncodingRules.DER);
            AsnReader fields = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            string? hash = ReadField(fields, 0) is { } h ? ReadDigest(h) : Oids.Sha1;
            string? mgfHash = Oids.Sha1;
            if (ReadField(fields, 1) is { } m)
            {
                if (ReadAlgorithm(m, out AsnReader? inner) != Oids.Mgf1 || inner is null)
                {
                    return null;
                }

                mgfHash = ReadDigest(inner);
            }

            int salt = 20;
            if (ReadField(fields, 2) is { } s && !s.TryReadInt32(out salt))
            {
                return null;
            }

            int trailer = 1;
            if (ReadField(fields, 3) is { } t && !t.TryReadInt32(out trailer))
            {
                return null;
            }

            fields.ThrowIfNotEmpty();
            bool fits = hash == mgfHash && salt is >= 0 and <= 512 && trailer == 1;
            return fits && DigestAlgorithm.FromOid(hash ?? "") is { } digest
                ? new SignatureAlgorithm(SignatureScheme.RsaPss, digest, salt)
                : null;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static AsnReader? ReadField(AsnReader reader, int number)
    {
        var tag = new Asn1Tag(TagClass.ContextSpecific, number, isConstructed: true);
        return reader.HasData && reader.PeekTag() == tag ? reader.ReadSequence(tag) : null;
    }

    /// <summary>Reads the AlgorithmIdentifier of a digest; null when it has parameters other than NULL.</summary>
    private static string? ReadDigest(AsnReader reader)
    {
        string oid = ReadAlgorithm(reader, out AsnReader? parameters);
        return parameters is null ? oid : null;
    }

    /// <summary>Reads an AlgorithmIdentifier; <paramref name="parameters"/> is null when absent or NULL.</summary>
    private static string ReadAlgorithm(AsnReader reader, out AsnReader? parameters)
    {
        AsnReader sequence = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        string oid = sequence.ReadObjectIdentifier();
        parameters = null;
        if (sequence.HasData && sequence.PeekTag() == Asn1Tag.Null)
        {
            sequence.ReadNull();
            sequence.ThrowIfNotEmpty();
        }
        else if (sequence.HasData)
        {
            parameters = sequence;
        }

        return oid;
    }
}
