using System.Security.Cryptography;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Cryptoki;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Platform;

/// <summary>
/// Known answers at each start, before anything is served. That the token's own keys sign is proved by
/// <see cref="TokenKeys"/>; here a signer's key is made, unwrapped and used as every signature does it.
/// </summary>
internal static class SelfTest
{
    /// <summary>FIPS 180-4's example "abc".</summary>
    private static readonly (HashAlgorithmName Name, string Digest)[] Digests =
    [
        (HashAlgorithmName.SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (HashAlgorithmName.SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"),
        (HashAlgorithmName.SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"),
    ];

    /// <summary>RFC 6979, A.2.5: P-256, SHA-256, "sample".</summary>
    private const string PointX = "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6";
    private const string PointY = "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299";
    private const string SampleSignature =
        "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8";

    private static readonly SealedKey KnownKey = new()
    {
        KeyId = "000102030405060708090a0b0c0d0e0f",
        Version = 1,
        Algorithm = KeyAlgorithm.FromName("ECDSA-P-256")!, // One of the six.
        PublicKeyInfo = [1, 2, 3],
        WrappedPrivateKey = [4, 5, 6],
    };

    /// <exception cref="StartException">An answer is wrong; the message says which.</exception>
    public static void Run(IHsm hsm, string keyEncryptionKey)
    {
        CheckAnswers();
        CheckSignerKey(() => hsm.GenerateWrappedEcdsa(keyEncryptionKey, ECCurve.NamedCurves.nistP256), (wrapped, request) =>
            hsm.SignWithWrapped(keyEncryptionKey, wrapped, isRsa: false, [request])[0]);
    }

    /// <summary>What needs no HSM.</summary>
    /// <exception cref="StartException">An answer is wrong; the message says which.</exception>
    public static void CheckAnswers()
    {
        CheckDigests((name, data) => CryptographicOperations.HashData(name, data));
        CheckVerification((key, data, signature) => key.VerifyData(data, signature, HashAlgorithmName.SHA256));
        CheckSeal(SealedKeyEncoding.Encode);
        CheckTree(MerkleTree.NodeHash(MerkleTree.LeafHash([]), MerkleTree.LeafHash([])));
        CheckRandom(RandomNumberGenerator.GetBytes);
    }

    internal static void CheckDigests(Func<HashAlgorithmName, byte[], byte[]> hash)
    {
        foreach ((HashAlgorithmName name, string digest) in Digests)
        {
            Require(Convert.ToHexStringLower(hash(name, "abc"u8.ToArray())) == digest, $"the known answer of {name}");
        }
    }

    internal static void CheckVerification(Func<ECDsa, byte[], byte[], bool> verify)
    {
        using ECDsa key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = Convert.FromHexString(PointX), Y = Convert.FromHexString(PointY) },
        });
        byte[] signature = Convert.FromHexString(SampleSignature);
        Require(verify(key, "sample"u8.ToArray(), signature), "the verification of a good ECDSA signature");
        signature[^1] ^= 1;
        Require(!verify(key, "sample"u8.ToArray(), signature), "the refusal of a bad ECDSA signature");
    }

    /// <summary>What is sealed is read again as it was, and nothing that was cut is.</summary>
    internal static void CheckSeal(Func<SealedKey, byte[]> encode)
    {
        byte[] bytes = encode(KnownKey);
        Require(
            SealedKeyEncoding.TryDecode(bytes, out SealedKey? read) && read.KeyId == KnownKey.KeyId && read.Version == KnownKey.Version
                && encode(read).AsSpan().SequenceEqual(bytes),
            "the encoding of a sealed key");
        Require(!SealedKeyEncoding.TryDecode(bytes[..^1], out _), "the refusal of a sealed key that was cut");
    }

    /// <summary>RFC 9162's tree of two empty leaves, worked out with openssl.</summary>
    internal static void CheckTree(byte[] root) => Require(
        Convert.ToHexStringLower(root) == "fe43d66afa4a9a5c4f9c9da89f4ffb52635c8f342e7ffb731d68e36c5982072a", "the known root of a tree");

    /// <summary>Not a test of quality: it finds a source that is stuck.</summary>
    internal static void CheckRandom(Func<int, byte[]> draw)
    {
        byte[] first = draw(32);
        byte[] second = draw(32);
        Require(!first.AsSpan().SequenceEqual(second) && first.Distinct().Count() > 8 && second.Distinct().Count() > 8, "the random numbers");
    }

    internal static void CheckSignerKey(Func<WrappedKeyPair> generate, Func<byte[], HsmSignature, byte[]> sign)
    {
        WrappedKeyPair pair = generate();
        byte[] digest = SHA256.HashData("self-test"u8);
        byte[] signature = sign(pair.WrappedPrivateKey, new HsmSignature(null, HashAlgorithmName.SHA256, 0, digest));
        using ECDsa key = ECDsa.Create();
        key.ImportSubjectPublicKeyInfo(pair.PublicKeyInfo, out _);
        Require(key.VerifyHash(digest, signature), "a signature of the HSM with an unwrapped key");
    }

    private static void Require(bool isRight, string what)
    {
        if (!isRight)
        {
            throw new StartException($"The self-test failed: {what} is wrong. The node does not start on this machine.");
        }
    }
}
