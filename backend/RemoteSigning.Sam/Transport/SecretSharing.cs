using System.Security.Cryptography;

namespace RemoteSigning.Sam.Transport;

/// <summary>
/// Shamir's secret sharing over GF(2^8) with the polynomial 0x11d, byte by byte, as libgfshare does it: any
/// <c>threshold</c> shares give the secret, fewer tell nothing. No table is looked up by a secret.
/// </summary>
internal static class SecretSharing
{
    public const int MostShares = 16;

    /// <returns>The shares 1 to <paramref name="count"/>, each as long as the secret.</returns>
    public static byte[][] Split(ReadOnlySpan<byte> secret, int threshold, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(threshold, count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MostShares);
        int length = secret.Length;
        byte[][] shares = [.. Enumerable.Range(0, count).Select(_ => GC.AllocateArray<byte>(length, pinned: true))];
        byte[] coefficients = GC.AllocateArray<byte>(threshold, pinned: true);
        for (int i = 0; i < length; i++)
        {
            RandomNumberGenerator.Fill(coefficients);
            coefficients[0] = secret[i];
            for (int x = 1; x <= count; x++)
            {
                shares[x - 1][i] = Evaluate(coefficients, (byte)x);
            }
        }

        CryptographicOperations.ZeroMemory(coefficients);
        return shares;
    }

    /// <summary>The secret, if the shares are genuine and enough; else some other bytes: the caller has to tell.</summary>
    /// <param name="shares">Distinct numbers from 1, values of equal length.</param>
    /// <param name="secret">Where the secret goes, as long as a share.</param>
    public static void Combine(IReadOnlyList<(int Number, byte[] Value)> shares, Span<byte> secret)
    {
        secret.Clear();
        foreach ((int number, byte[] value) in shares)
        {
            byte weight = 1;
            foreach ((int other, _) in shares.Where(s => s.Number != number))
            {
                weight = Multiply(weight, Multiply((byte)other, Invert((byte)(other ^ number))));
            }

            for (int i = 0; i < secret.Length; i++)
            {
                secret[i] ^= Multiply(weight, value[i]);
            }
        }
    }

    private static byte Evaluate(ReadOnlySpan<byte> coefficients, byte x)
    {
        byte sum = 0;
        for (int i = coefficients.Length - 1; i >= 0; i--)
        {
            sum = (byte)(Multiply(sum, x) ^ coefficients[i]);
        }

        return sum;
    }

    private static byte Multiply(byte a, byte b)
    {
        int product = 0;
        int shifted = a;
        for (int bit = 0; bit < 8; bit++)
        {
            product ^= shifted & -((b >> bit) & 1);
            shifted = ((shifted << 1) ^ (0x11d & -(shifted >> 7))) & 0xff;
        }

        return (byte)product;
    }

    /// <summary>a^254.</summary>
    private static byte Invert(byte a)
    {
        byte result = 1;
        for (int i = 0; i < 254; i++)
        {
            result = Multiply(result, a);
        }

        return result;
    }
}
