using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace RemoteSigning.Authorization.Factors;

/// <summary>RFC 6238 with the parameters that every authenticator app knows: SHA-1, 30 s, 6 digits.</summary>
internal static class Totp
{
    /// <summary>As long as the hash, RFC 4226, section 4, requirement 6.</summary>
    public const int SecretLength = 20;

    private const int StepSeconds = 30;
    private const int Digits = 6;

    public static long StepAt(DateTimeOffset time) => time.ToUnixTimeSeconds() / StepSeconds;

    public static string Code(ReadOnlySpan<byte> secret, long step)
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
        Span<byte> hash = stackalloc byte[20];
#pragma warning disable CA5350 // HMAC-SHA-1 is what RFC 6238 and the apps use; collisions of SHA-1 do not touch HMAC.
        HMACSHA1.HashData(secret, counter, hash);
#pragma warning restore CA5350
        int truncated = BinaryPrimitives.ReadInt32BigEndian(hash[(hash[^1] & 0xF)..]) & int.MaxValue;
        return (truncated % 1_000_000).ToString(CultureInfo.InvariantCulture).PadLeft(Digits, '0');
    }

    /// <summary>The latest step from one before to one after <paramref name="time"/> whose code this is; null if none.</summary>
    public static long? Match(ReadOnlySpan<byte> secret, string code, DateTimeOffset time)
    {
        long? found = null;
        byte[] given = Encoding.UTF8.GetBytes(code);
        long now = StepAt(time);
        for (long step = now - 1; step <= now + 1; step++)
        {
            if (CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Code(secret, step)), given))
            {
                found = step;
            }
        }

        return found;
    }
}
