using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Keys;

/// <summary>
/// Seals key objects and opens them. A sealed object is the encoded key followed by 64 bytes r‖s, an ECDSA
/// P-256 signature of the HSM's sealing key over <c>SHA-256("RemoteSigning sealed key v1" ‖ 0x00 ‖ encoding)</c>.
/// Of the two signatures (r, s) and (r, n−s) only the one with the lower s is genuine, so each version of a
/// key has exactly the bytes that were handed out. Opening needs no HSM.
/// </summary>
internal sealed class KeySealer(Func<byte[], byte[]> sign, EcdsaVerifier sealingKey)
{
    private const int SignatureLength = 64;
    private const int LongestObject = 16_384;

    /// <summary>The order of P-256 (FIPS 186-5; SP 800-186, 3.2.1.3).</summary>
    private static readonly BigInteger Order = BigInteger.Parse(
        "0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static readonly BigInteger HighestS = Order / 2;

    /// <exception cref="ProblemException">The object would be too long to be opened again.</exception>
    public KeyPair Seal(SealedKey key)
    {
        byte[] body = SealedKeyEncoding.Encode(key);
        if (body.Length > LongestObject - SignatureLength)
        {
            throw Refusals.Create(ProblemCodes.Malformed, $"an object of {body.Length} bytes would be too long: the subject or the devices are");
        }

        byte[] signature = sign(SHA256.HashData(ToBeSealed(body)));
        BigInteger s = ReadUnsigned(signature.AsSpan(SignatureLength / 2));
        if (s > HighestS)
        {
            Span<byte> low = signature.AsSpan(SignatureLength / 2);
            byte[] bytes = (Order - s).ToByteArray(isUnsigned: true, isBigEndian: true);
            low.Clear();
            bytes.CopyTo(low[^bytes.Length..]);
        }

        return new KeyPair(key.Version, key.KeyId, PublicKeyPem.Encode(key.PublicKeyInfo), [.. body, .. signature]);
    }

    /// <summary>Opens an object whose seal is genuine and whose plain copies say the same.</summary>
    /// <exception cref="ProblemException">It is not.</exception>
    public SealedKey Open(KeyPair pair)
    {
        if (pair.Sealed.Length is <= SignatureLength or > LongestObject)
        {
            throw NotGenuine("the sealed object has an impossible length");
        }

        byte[] body = pair.Sealed[..^SignatureLength];
        byte[] signature = pair.Sealed[^SignatureLength..];
        byte[] digest = SHA256.HashData(ToBeSealed(body));
        if (ReadUnsigned(signature.AsSpan(SignatureLength / 2)) > HighestS
            || !sealingKey.Use(k => k.VerifyHash(digest, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)))
        {
            throw NotGenuine("the seal does not verify");
        }

        if (!SealedKeyEncoding.TryDecode(body, out SealedKey? key))
        {
            throw NotGenuine("the sealed bytes are of an unknown layout");
        }

        if (key.Version != pair.Version || key.KeyId != pair.KeyId || PublicKeyPem.Encode(key.PublicKeyInfo) != pair.PublicKey)
        {
            throw NotGenuine("the plain version, key id or public key differs from the sealed one");
        }

        return key;
    }

    private static byte[] ToBeSealed(byte[] body) => [.. "RemoteSigning sealed key v1\0"u8, .. body];

    private static BigInteger ReadUnsigned(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private static ProblemException NotGenuine(string reason) => Refusals.Create(ProblemCodes.IntegrityError, reason);
}
