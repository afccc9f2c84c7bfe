using System.Numerics;
using System.Security.Cryptography;
using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Server.Credentials;

/// <summary>
/// Verifies RSASSA-PSS with any salt length (RFC 8017, 8.1.2 and 9.1.2): .NET knows only salts as long as the digest.
/// All inputs are public, so nothing here needs to run in constant time.
/// </summary>
internal static class RsaPss
{
    private const byte Trailer = 0xbc;

    public static bool Verify(RSA key, SignatureAlgorithm algorithm, byte[] digest, byte[] signature)
    {
        RSAParameters parameters = key.ExportParameters(includePrivateParameters: false);
        int bits = key.KeySize - 1;
        int length = (bits + 7) / 8;
        var modulus = new BigInteger(parameters.Modulus, isUnsigned: true, isBigEndian: true);
        var value = new BigInteger(signature, isUnsigned: true, isBigEndian: true);
        if (signature.Length != parameters.Modulus!.Length || value >= modulus) // A public key has a modulus.
        {
            return false;
        }

        var exponent = new BigInteger(parameters.Exponent, isUnsigned: true, isBigEndian: true);
        byte[] message = BigInteger.ModPow(value, exponent, modulus).ToByteArray(isUnsigned: true, isBigEndian: true);
        if (message.Length > length)
        {
            return false;
        }

        byte[] encoded = new byte[length];
        message.CopyTo(encoded, length - message.Length);
        return IsEncoding(encoded, bits, algorithm, digest);
    }

    private static bool IsEncoding(byte[] encoded, int bits, SignatureAlgorithm algorithm, byte[] digest)
    {
        int hashLength = algorithm.Digest.Length;
        int dbLength = encoded.Length - hashLength - 1;
        int padding = dbLength - algorithm.SaltLength - 1;
        int spareBits = (8 * encoded.Length) - bits;
        if (padding < 0 || encoded[^1] != Trailer || encoded[0] >> (8 - spareBits) != 0)
        {
            return false;
        }

        ReadOnlySpan<byte> hash = encoded.AsSpan(dbLength, hashLength);
        byte[] db = Mask(hash, dbLength, algorithm.Digest.Name);
        for (int i = 0; i < dbLength; i++)
        {
            db[i] ^= encoded[i];
        }

        db[0] &= (byte)(0xff >> spareBits);
        if (db.AsSpan(0, padding).ContainsAnyExcept((byte)0) || db[padding] != 1)
        {
            return false;
        }

        byte[] salted = [.. new byte[8], .. digest, .. db.AsSpan(padding + 1)];
        return CryptographicOperations.HashData(algorithm.Digest.Name, salted).AsSpan().SequenceEqual(hash);
    }

    /// <summary>MGF1 (RFC 8017, B.2.1).</summary>
    private static byte[] Mask(ReadOnlySpan<byte> seed, int length, HashAlgorithmName digest)
    {
        var mask = new List<byte>(length + 64);
        byte[] input = [.. seed, 0, 0, 0, 0];
        for (uint counter = 0; mask.Count < length; counter++)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(input.AsSpan(seed.Length), counter);
            mask.AddRange(CryptographicOperations.HashData(digest, input));
        }

        return [.. mask.Take(length)];
    }
}
