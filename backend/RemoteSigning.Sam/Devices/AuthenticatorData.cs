using System.Buffers.Binary;
using System.Formats.Cbor;
using System.Security.Cryptography;
using RemoteSigning.Contracts;

namespace RemoteSigning.Sam.Devices;

/// <summary>
/// Authenticator data (WebAuthn Level 3, 6.1): 32 bytes SHA-256 of the RP ID, flags, a counter that is not used because
/// passkeys that are synchronized send 0, the attested credential where there is one, extensions where there are any.
/// </summary>
/// <param name="Credential">The new credential; null in an approval.</param>
internal sealed record AuthenticatorData(AuthenticatorData.NewCredential? Credential)
{
    private const int Longest = 4096;
    private const int HeaderLength = 37;
    private const int FlagsAt = 32;
    private const int CredentialHeaderLength = 18;
    private const int AaguidLength = 16;

    private const byte UserPresent = 0x01;
    private const byte UserVerified = 0x04;
    private const byte BackupEligible = 0x08;
    private const byte BackedUp = 0x10;
    private const byte HasCredential = 0x40;
    private const byte HasExtensions = 0x80;
    private const byte Reserved = 0x22;

    /// <summary>Reads all of the bytes; the user was present and verified, and the RP ID is the expected one.</summary>
    /// <param name="isRegistration">Whether there must be a new credential, or must be none.</param>
    /// <exception cref="ProblemException">Something is otherwise.</exception>
    public static AuthenticatorData Read(byte[] bytes, byte[] rpIdHash, bool isRegistration)
    {
        if (bytes.Length is < HeaderLength or > Longest)
        {
            throw DeviceRefusal.Because($"authenticator data of {bytes.Length} bytes are impossible");
        }

        if (!CryptographicOperations.FixedTimeEquals(bytes.AsSpan(0, rpIdHash.Length), rpIdHash))
        {
            throw DeviceRefusal.Because("the device answered for another RP ID");
        }

        byte flags = bytes[FlagsAt];
        CheckFlags(flags, isRegistration);
        try
        {
            return Read(bytes.AsMemory(HeaderLength), flags);
        }
        catch (Exception e) when (e is CborContentException or InvalidOperationException)
        {
            throw DeviceRefusal.Because($"the authenticator data cannot be read: {e.Message}", e);
        }
    }

    private static void CheckFlags(byte flags, bool isRegistration)
    {
        if ((flags & UserPresent) == 0 || (flags & UserVerified) == 0)
        {
            throw DeviceRefusal.Because("the user was not present, or not verified by the device");
        }

        if ((flags & Reserved) != 0 || ((flags & BackedUp) != 0 && (flags & BackupEligible) == 0))
        {
            throw DeviceRefusal.Because($"the flags {flags:x2} are impossible");
        }

        if ((flags & HasCredential) != 0 != isRegistration)
        {
            throw DeviceRefusal.Because("a new credential is missing in a registration, or stands in an approval");
        }
    }

    private static AuthenticatorData Read(ReadOnlyMemory<byte> rest, byte flags)
    {
        NewCredential? credential = null;
        if ((flags & HasCredential) != 0)
        {
            (credential, rest) = ReadCredential(rest);
        }

        if ((flags & HasExtensions) != 0)
        {
            var reader = new CborReader(rest, CborConformanceMode.Ctap2Canonical, allowMultipleRootLevelValues: true);
            rest = reader.PeekState() == CborReaderState.StartMap
                ? rest[reader.ReadEncodedValue().Length..]
                : throw DeviceRefusal.Because("the extensions are not a map");
        }

        return rest.IsEmpty ? new AuthenticatorData(credential) : throw DeviceRefusal.Because("bytes follow the authenticator data");
    }

    private static (NewCredential Credential, ReadOnlyMemory<byte> Behind) ReadCredential(ReadOnlyMemory<byte> bytes)
    {
        int length = bytes.Length < CredentialHeaderLength ? 0 : BinaryPrimitives.ReadUInt16BigEndian(bytes.Span[AaguidLength..]);
        if (length is < Device.ShortestCredentialId or > Device.LongestCredentialId || bytes.Length < CredentialHeaderLength + length)
        {
            throw DeviceRefusal.Because("the credential id has an impossible length");
        }

        ReadOnlyMemory<byte> rest = bytes[(CredentialHeaderLength + length)..];
        var reader = new CborReader(rest, CborConformanceMode.Ctap2Canonical, allowMultipleRootLevelValues: true);
        byte[] key = reader.ReadEncodedValue().ToArray();
        return (new NewCredential(bytes.Slice(CredentialHeaderLength, length).ToArray(), key), rest[key.Length..]);
    }

    /// <param name="Id">The credential id.</param>
    /// <param name="CoseKey">The public key.</param>
    internal sealed record NewCredential(byte[] Id, byte[] CoseKey);
}
