using System.Security.Cryptography;

namespace RemoteSigning.Pki.Authority;

/// <summary>Serial numbers (RFC 5280, 4.1.2.2): 16 random bytes, positive, and never shorter.</summary>
internal static class SerialNumbers
{
    public const int Length = 16;

    public static byte[] Draw()
    {
        byte[] serial = RandomNumberGenerator.GetBytes(Length);

        // Without the sign bit DER needs no leading zero; with the next one set none is cut off.
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        return serial;
    }
}
