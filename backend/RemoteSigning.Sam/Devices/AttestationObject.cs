using System.Formats.Cbor;
using RemoteSigning.Contracts;

namespace RemoteSigning.Sam.Devices;

/// <summary>
/// An attestation object (WebAuthn Level 3, 6.5.4) with attestation <c>none</c> (8.7) or <c>packed</c> without
/// certificates, which is the credential's own signature (8.2). It does not say what model the device is.
/// </summary>
/// <param name="AuthenticatorData">The bytes of the authenticator data.</param>
internal sealed record AttestationObject(byte[] AuthenticatorData, AttestationObject.OwnSignature? Self)
{
    private const int Longest = 8192;
    private const int Members = 3;

    /// <exception cref="ProblemException">Not such an object.</exception>
    public static AttestationObject Read(byte[] bytes)
    {
        if (bytes.Length > Longest)
        {
            throw DeviceRefusal.Because("the attestation object is too long");
        }

        try
        {
            // Not every client writes canonical CBOR here; what is in it is canonical.
            var reader = new CborReader(bytes, CborConformanceMode.Strict);
            AttestationObject read = ReadMembers(reader);
            return reader.BytesRemaining == 0 ? read : throw DeviceRefusal.Because("bytes follow the attestation object");
        }
        catch (Exception e) when (e is CborContentException or InvalidOperationException or OverflowException)
        {
            throw DeviceRefusal.Because($"the attestation object cannot be read: {e.Message}", e);
        }
    }

    private static AttestationObject ReadMembers(CborReader reader)
    {
        (string? format, byte[]? data, ReadOnlyMemory<byte>? statement) = (null, null, null);
        if (reader.ReadStartMap() != Members)
        {
            throw DeviceRefusal.Because("an attestation object has three members");
        }

        for (int i = 0; i < Members; i++)
        {
            switch (reader.ReadTextString())
            {
                case "fmt": format = reader.ReadTextString(); break;
                case "authData": data = reader.ReadByteString(); break;
                case "attStmt": statement = reader.ReadEncodedValue(); break;
                default: throw DeviceRefusal.Because("the attestation object has an unknown member");
            }
        }

        reader.ReadEndMap();
        return data is not null && statement is { } found
            ? new AttestationObject(data, ReadStatement(format, found))
            : throw DeviceRefusal.Because("the attestation object misses a member");
    }

    private static OwnSignature? ReadStatement(string? format, ReadOnlyMemory<byte> statement)
    {
        var reader = new CborReader(statement, CborConformanceMode.Strict);
        int? members = reader.ReadStartMap();
        return (format, members) switch
        {
            ("none", 0) => null,
            ("packed", 2) => ReadOwnSignature(reader),
            _ => throw DeviceRefusal.Because("the attestation is neither none nor self: ask the device for none"),
        };
    }

    private static OwnSignature ReadOwnSignature(CborReader reader)
    {
        (int? algorithm, byte[]? signature) = (null, null);
        for (int i = 0; i < 2; i++)
        {
            switch (reader.ReadTextString())
            {
                case "alg": algorithm = reader.ReadInt32(); break;
                case "sig": signature = reader.ReadByteString(); break;
                default: throw DeviceRefusal.Because("the attestation statement has an unknown member");
            }
        }

        return algorithm is { } known && signature is not null
            ? new OwnSignature(known, signature)
            : throw DeviceRefusal.Because("the attestation statement misses a member");
    }

    /// <param name="Algorithm">COSE algorithm, that of the credential.</param>
    /// <param name="Signature">Over the authenticator data and the SHA-256 of the client data.</param>
    internal sealed record OwnSignature(int Algorithm, byte[] Signature);
}
