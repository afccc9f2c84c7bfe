using System.Numerics;
using System.Security.Cryptography;
using RemoteSigning.Contracts.Algorithms;

namespace RemoteSigning.Agent.Tests.Fakes;

/// <summary>RSASSA-PSS with any salt length (RFC 8017, 8.1.1 and 9.1.1); the class library has one salt length only.</summary>
internal static class PssSignature
{
    public static byte[] Make(RSA key, SignatureAlgorithm algorithm, byte[] digest)
    {
        HashAlgorithmName hash = algorithm.Digest.Name;
        byte[] salt = RandomNumberGenerator.GetBytes(algorithm.SaltLength);
        byte[] inner = CryptographicOperations.HashData(hash, [.. new byte[8], .. digest, .. salt]);
        int length = key.KeySize / 8;
        byte[] block = new byte[length - inner.Length - 1];
        block[block.Length - salt.Length - 1] = 1;
        salt.CopyTo(block, block.Length - salt.Length);
        byte[] seed = [.. inner, 0, 0, 0, 0];
        for (int offset = 0; offset < block.Length; offset += inner.Length, seed[^1]++)
        {
            byte[] mask = CryptographicOperations.HashData(hash, seed);
            for (int i = 0; i < mask.Length && offset + i < block.Length; i++)
            {
                block[offset + i] ^= mask[i];
            }
        }

        block[0] &= 0x7F;
        var encoded = new BigInteger([.. block, .. inner, 0xBC], isUnsigned: true, isBigEndian: true);
        RSAParameters parameters = key.ExportParameters(true);
        byte[] signature = BigInteger.ModPow(
            encoded, new BigInteger(parameters.D, true, true), new BigInteger(parameters.Modulus, true, true)).ToByteArray(true, true);
        return [.. new byte[length - signature.Length], .. signature];
    }
}
