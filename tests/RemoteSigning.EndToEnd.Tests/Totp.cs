using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>What an authenticator application does (RFC 6238, SHA-1, 30 seconds, six digits).</summary>
internal static class Totp
{
    public static string Code(string base32, DateTimeOffset at)
    {
        byte[] counter = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, at.ToUnixTimeSeconds() / 30);
#pragma warning disable CA5350 // RFC 6238 as authenticator applications implement it.
        byte[] mac = HMACSHA1.HashData(FromBase32(base32), counter);
#pragma warning restore CA5350
        int offset = mac[^1] & 15;
        int number = BinaryPrimitives.ReadInt32BigEndian(mac.AsSpan(offset, 4)) & 0x7fffffff;
        return (number % 1_000_000).ToString("000000", CultureInfo.InvariantCulture);
    }

    private static byte[] FromBase32(string text)
    {
        var bytes = new List<byte>();
        int bits = 0;
        int value = 0;
        foreach (char c in text.TrimEnd('='))
        {
            value = ((value << 5) | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(c, StringComparison.Ordinal)) & 0xffff;
            bits += 5;
            if (bits >= 8)
            {
                bits -= 8;
                bytes.Add((byte)((value >> bits) & 0xff));
            }
        }

        return [.. bytes];
    }
}
