using System.Diagnostics.CodeAnalysis;
using System.Formats.Cbor;

namespace RemoteSigning.Sam.Keys;

/// <summary>
/// The bytes that are sealed: canonical CBOR (RFC 8949, 4.2.1) of one array with the fields in a fixed order,
/// so that equal keys have equal bytes. docs/sam.md has the table.
/// </summary>
internal static class SealedKeyEncoding
{
    private const int Layout = 1;
    private const int Fields = 14;

    public static byte[] Encode(SealedKey key)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteStartArray(Fields);
        writer.WriteInt32(Layout);
        writer.WriteByteString(Convert.FromHexString(key.KeyId));
        writer.WriteInt32(key.Version);
        writer.WriteTextString(key.Algorithm.Name);
        writer.WriteByteString(key.PublicKeyInfo);
        writer.WriteByteString(key.WrappedPrivateKey);
        WriteOwner(writer, key.Owner);
        writer.WriteStartArray(0);
        writer.WriteEndArray();
        if (key.Certificate is { } certificate)
        {
            writer.WriteByteString(certificate.Digest);
            writer.WriteInt64(certificate.NotAfter);
        }
        else
        {
            writer.WriteNull();
            writer.WriteNull();
        }

        writer.WriteBoolean(key.IsEnabled);
        writer.WriteEndArray();
        return writer.Encode();
    }

    /// <summary>Reads what <see cref="Encode"/> wrote; false for anything else. The seal is checked before.</summary>
    public static bool TryDecode(byte[] bytes, [NotNullWhen(true)] out SealedKey? key)
    {
        key = null;
        try
        {
            var reader = new CborReader(bytes, CborConformanceMode.Canonical);
            if (reader.ReadStartArray() != Fields || reader.ReadInt32() != Layout)
            {
                return false;
            }

            SealedKey read = ReadFields(reader);
            if (reader.BytesRemaining == 0)
            {
                key = read;
            }
        }
        catch (Exception e) when (e is CborContentException or InvalidOperationException or OverflowException)
        {
            // Not our bytes; the caller is told by the result.
        }

        return key is not null;
    }

    private static SealedKey ReadFields(CborReader reader)
    {
        var key = new SealedKey
        {
            KeyId = Convert.ToHexStringLower(reader.ReadByteString()),
            Version = reader.ReadInt32(),
            Algorithm = KeyAlgorithm.FromName(reader.ReadTextString()) ?? throw new CborContentException("The algorithm is unknown."),
            PublicKeyInfo = reader.ReadByteString(),
            WrappedPrivateKey = reader.ReadByteString(),
            Owner = ReadOwner(reader),
        };
        if (reader.ReadStartArray() != 0)
        {
            throw new CborContentException("Devices are not known to this version.");
        }

        reader.ReadEndArray();
        SealedKey.CertifiedBy? certificate = null;
        if (reader.PeekState() == CborReaderState.Null)
        {
            reader.ReadNull();
            reader.ReadNull();
        }
        else
        {
            certificate = new SealedKey.CertifiedBy(reader.ReadByteString(), reader.ReadInt64());
        }

        key = key with { Certificate = certificate, IsEnabled = reader.ReadBoolean() };
        reader.ReadEndArray();
        return key;
    }

    private static void WriteOwner(CborWriter writer, SealedKey.KeyOwner? owner)
    {
        if (owner is null)
        {
            for (int i = 0; i < 4; i++)
            {
                writer.WriteNull();
            }

            return;
        }

        writer.WriteTextString(owner.Signer);
        writer.WriteByteString(owner.Subject);
        writer.WriteTextString(owner.Purpose);
        writer.WriteTextString(owner.Policy);
    }

    private static SealedKey.KeyOwner? ReadOwner(CborReader reader)
    {
        if (reader.PeekState() == CborReaderState.Null)
        {
            for (int i = 0; i < 4; i++)
            {
                reader.ReadNull();
            }

            return null;
        }

        return new SealedKey.KeyOwner(reader.ReadTextString(), reader.ReadByteString(), reader.ReadTextString(), reader.ReadTextString());
    }
}
