using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>Makes RSASSA-PSS signatures with any salt length (RFC 8017, 9.1.1): .NET makes one length only.</summary>
internal static class PssSignature
{
    public static byte[] Sign(RSA key, SignatureAlgorithm algorithm, byte[] digest)
    {
        RSAParameters p = key.ExportParameters(includePrivateParameters: true);
        byte[] encoded = Encode(digest, algorithm, key.KeySize - 1);
        BigInteger signature = BigInteger.ModPow(Number(encoded), Number(p.D!), Number(p.Modulus!));
        byte[] bytes = signature.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[p.Modulus!.Length - bytes.Length], .. bytes];
    }

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static byte[] Encode(byte[] digest, SignatureAlgorithm algorithm, int bits)
    {
        int length = (bits + 7) / 8;
        byte[] salt = RandomNumberGenerator.GetBytes(algorithm.SaltLength);
        byte[] hash = CryptographicOperations.HashData(algorithm.Digest.Name, (byte[])[.. new byte[8], .. digest, .. salt]);
        byte[] db = [.. new byte[length - salt.Length - hash.Length - 2], 1, .. salt];
        byte[] mask = Mask(hash, db.Length, algorithm.Digest.Name);
        for (int i = 0; i < db.Length; i++)
        {
            db[i] ^= mask[i];
        }

        db[0] &= (byte)(0xff >> ((8 * length) - bits));
        return [.. db, .. hash, 0xbc];
    }

    private static byte[] Mask(byte[] seed, int length, HashAlgorithmName name)
    {
        var mask = new List<byte>();
        for (int counter = 0; mask.Count < length; counter++)
        {
            byte[] number = new byte[4];
            BinaryPrimitives.WriteInt32BigEndian(number, counter);
            mask.AddRange(CryptographicOperations.HashData(name, (byte[])[.. seed, .. number]));
        }

        return [.. mask.Take(length)];
    }
}
