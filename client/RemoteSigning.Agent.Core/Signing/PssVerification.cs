using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Agent.Core.Signing;

/// <summary>
/// RSASSA-PSS verification (RFC 8017, 8.1.2 and 9.1.2) for salts that are not as long as the digest, which the class
/// library does not offer. Public values only, so timing does not matter.
/// </summary>
internal static class PssVerification
{
    private const byte Trailer = 0xBC;

    public static bool Verify(RSAParameters key, SignatureAlgorithm algorithm, byte[] digest, byte[] signature)
    {
        var modulus = new BigInteger(key.Modulus, isUnsigned: true, isBigEndian: true);
        var representative = new BigInteger(signature, isUnsigned: true, isBigEndian: true);
        if (signature.Length != (modulus.GetBitLength() + 7) / 8 || representative >= modulus)
        {
            return false;
        }

        int bits = (int)modulus.GetBitLength() - 1;
        BigInteger message = BigInteger.ModPow(representative, new BigInteger(key.Exponent, isUnsigned: true, isBigEndian: true), modulus);
        byte[] encoded = new byte[(bits + 7) / 8];
        byte[] bytes = message.ToByteArray(isUnsigned: true, isBigEndian: true);
        if (bytes.Length > encoded.Length)
        {
            return false;
        }

        bytes.CopyTo(encoded, encoded.Length - bytes.Length);
        return VerifyEncoding(encoded, bits, algorithm, digest);
    }

    /// <summary>EMSA-PSS-VERIFY; the step numbers are those of RFC 8017, 9.1.2.</summary>
    private static bool VerifyEncoding(byte[] encoded, int bits, SignatureAlgorithm algorithm, byte[] digest)
    {
        int hashLength = algorithm.Digest.Length;
        int blockLength = encoded.Length - hashLength - 1;
        if (blockLength < algorithm.SaltLength + 1 || encoded[^1] != Trailer)
        {
            return false; // 3, 4
        }

        byte[] hash = encoded[blockLength..^1];
        int unused = 8 * encoded.Length - bits;
        if (encoded[0] >> (8 - unused) != 0)
        {
            return false; // 6
        }

        byte[] block = Mask(algorithm.Digest.Name, hash, blockLength); // 7, 8
        for (int i = 0; i < blockLength; i++)
        {
            block[i] ^= encoded[i];
        }

        block[0] &= (byte)(0xFF >> unused); // 9
        int separator = blockLength - algorithm.SaltLength - 1;
        if (block.AsSpan(0, separator).ContainsAnyExcept((byte)0) || block[separator] != 1)
        {
            return false; // 10
        }

        byte[] padded = [.. new byte[8], .. digest, .. block[(separator + 1)..]];
        return CryptographicOperations.HashData(algorithm.Digest.Name, padded).AsSpan().SequenceEqual(hash); // 12 to 14
    }

    /// <summary>MGF1 (RFC 8017, B.2.1).</summary>
    private static byte[] Mask(HashAlgorithmName hash, byte[] seed, int length)
    {
        var mask = new List<byte>();
        byte[] input = [.. seed, 0, 0, 0, 0];
        for (uint counter = 0; mask.Count < length; counter++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(input.AsSpan(seed.Length), counter);
            mask.AddRange(CryptographicOperations.HashData(hash, input));
        }

        return [.. mask.Take(length)];
    }
}
