using System.Diagnostics.CodeAnalysis;
using System.Formats.Cbor;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Devices;

namespace RemoteSigning.Sam.Keys;

/// <summary>
/// The bytes that are sealed: canonical CBOR (RFC 8949, 4.2.1) of one array with the fields in a fixed order,
/// so that equal keys have equal bytes. docs/sam/sealed-keys.md has the table. Layout 2 is layout 1 with devices; an object without
/// any has layout 1, so that there is one encoding of each key.
/// </summary>
internal static class SealedKeyEncoding
{
    private const int Layout = 1;
    private const int LayoutWithDevices = 2;
    private const int Fields = 14;
    private const int DeviceFields = 4;

    public static byte[] Encode(SealedKey key)
    {
        var writer = new CborWriter(CborConformanceMode.Canonical);
        writer.WriteStartArray(Fields);
        IReadOnlyList<Device> devices = key.Owner?.Devices ?? [];
        writer.WriteInt32(devices.Count == 0 ? Layout : LayoutWithDevices);
        writer.WriteByteString(Convert.FromHexString(key.KeyId));
        writer.WriteInt32(key.Version);
        writer.WriteTextString(key.Algorithm.Name);
        writer.WriteByteString(key.PublicKeyInfo);
        WriteWrapped(writer, key);
        WriteOwner(writer, key.Owner);
        WriteDevices(writer, devices);
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
            if (reader.ReadStartArray() != Fields)
            {
                return false;
            }

            int layout = reader.ReadInt32();
            SealedKey read = ReadFields(reader);
            bool hasDevices = read.Owner is { Devices.Count: > 0 };
            if (reader.BytesRemaining == 0
                && layout == (hasDevices ? LayoutWithDevices : Layout)
                && hasDevices == read.Owner is { Policy: KeyPolicies.Device })
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
            WrappedPrivateKey = ReadWrapped(reader, out int generation),
            Owner = ReadOwner(reader),
        };
        key = ReadDevices(reader, key);
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

        key = key with { Generation = generation, Certificate = certificate, IsEnabled = reader.ReadBoolean() };
        reader.ReadEndArray();
        return key;
    }

    /// <summary>The bytes alone for the first generation of the key-encryption key; later ones stand beside them.</summary>
    private static void WriteWrapped(CborWriter writer, SealedKey key)
    {
        if (key.Generation == 1)
        {
            writer.WriteByteString(key.WrappedPrivateKey);
            return;
        }

        writer.WriteStartArray(2);
        writer.WriteInt32(key.Generation);
        writer.WriteByteString(key.WrappedPrivateKey);
        writer.WriteEndArray();
    }

    private static byte[] ReadWrapped(CborReader reader, out int generation)
    {
        generation = 1;
        if (reader.PeekState() == CborReaderState.ByteString)
        {
            return reader.ReadByteString();
        }

        if (reader.ReadStartArray() != 2 || (generation = reader.ReadInt32()) < 2)
        {
            throw new CborContentException("The generation has another encoding.");
        }

        byte[] wrapped = reader.ReadByteString();
        reader.ReadEndArray();
        return wrapped;
    }

    private static void WriteDevices(CborWriter writer, IReadOnlyList<Device> devices)
    {
        writer.WriteStartArray(devices.Count);
        foreach (Device device in devices)
        {
            writer.WriteStartArray(DeviceFields);
            writer.WriteByteString(device.RpIdHash);
            writer.WriteStartArray(device.Origins.Count);
            foreach (string origin in device.Origins)
            {
                writer.WriteTextString(origin);
            }

            writer.WriteEndArray();
            writer.WriteByteString(device.CredentialId);
            writer.WriteByteString(device.CoseKey);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    }

    private static SealedKey ReadDevices(CborReader reader, SealedKey key)
    {
        List<Device> devices = [];
        reader.ReadStartArray();
        while (reader.PeekState() != CborReaderState.EndArray)
        {
            devices.Add(ReadDevice(reader));
        }

        reader.ReadEndArray();
        return (devices.Count, key.Owner) switch
        {
            (0, _) => key,
            (_, { } owner) => key with { Owner = owner with { Devices = devices } },
            _ => throw new CborContentException("Nobody's key has devices."),
        };
    }

    private static Device ReadDevice(CborReader reader)
    {
        if (reader.ReadStartArray() != DeviceFields)
        {
            throw new CborContentException("A device has four fields.");
        }

        byte[] rpIdHash = reader.ReadByteString();
        List<string> origins = [];
        reader.ReadStartArray();
        while (reader.PeekState() != CborReaderState.EndArray)
        {
            origins.Add(reader.ReadTextString());
        }

        reader.ReadEndArray();
        var device = new Device(rpIdHash, origins, reader.ReadByteString(), reader.ReadByteString());
        reader.ReadEndArray();
        return device;
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
