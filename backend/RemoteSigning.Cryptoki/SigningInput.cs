using System.Runtime.InteropServices;
using System.Security.Cryptography;
using RemoteSigning.Cryptoki.Interop;

namespace RemoteSigning.Cryptoki;

/// <summary>Checks what is to be signed, and signs it with the mechanism that fits. Nothing pre-padded is ever signed.</summary>
internal static unsafe class SigningInput
{
    /// <summary>Room for RSA-8192.</summary>
    private const int MaxSignatureLength = 1024;

    private const int MaxDigestInfoLength = 19 + 64;

    // DigestInfo up to the digest (RFC 8017, section 9.2, note 1).
    private static ReadOnlySpan<byte> Sha1Prefix =>
        [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];

    private static ReadOnlySpan<byte> Sha256Prefix =>
        [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

    private static ReadOnlySpan<byte> Sha384Prefix =>
        [0x30, 0x41, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, 0x05, 0x00, 0x04, 0x30];

    private static ReadOnlySpan<byte> Sha512Prefix =>
        [0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00, 0x04, 0x40];

    /// <exception cref="CryptographicException">The digest does not have its algorithm's length, or the padding does not fit the key.</exception>
    public static void Check(HsmSignature request, bool isRsa)
    {
        if (isRsa == (request.Padding is null))
        {
            throw new CryptographicException(isRsa ? "An RSA signature needs a padding." : "An ECDSA signature has no padding.");
        }

        if (request.Digest.Length != DigestLength(request.Hash))
        {
            throw new CryptographicException($"A digest of {request.Digest.Length} bytes is not one of {request.Hash.Name}.");
        }

        if (request.SaltLength < 0 || (request.SaltLength > 0 && request.Padding?.Mode != RSASignaturePaddingMode.Pss))
        {
            throw new CryptographicException("Only PSS has a salt, of zero or more bytes.");
        }
    }

    /// <summary>Name of the mechanism that signs a request.</summary>
    public static string Mechanism(HsmSignature request) => request.Padding?.Mode switch
    {
        null => "CKM_ECDSA",
        RSASignaturePaddingMode.Pkcs1 => "CKM_RSA_PKCS",
        _ => "CKM_RSA_PKCS_PSS",
    };

    /// <summary>Signs one checked request with the key.</summary>
    public static byte[] Sign(Session session, CULong key, HsmSignature request)
    {
        Span<byte> signature = stackalloc byte[MaxSignatureLength];
        int length = request.Padding?.Mode switch
        {
            null => SignEcdsa(session, key, request.Digest.Span, signature),
            RSASignaturePaddingMode.Pkcs1 => SignPkcs1(session, key, request, signature),
            _ => SignPss(session, key, request, signature),
        };
        return signature[..length].ToArray();
    }

    public static byte[] Hmac(Session session, CULong key, ReadOnlySpan<byte> data)
    {
        CkMechanism mechanism = default;
        mechanism.Type = new CULong(Ckm.Sha256Hmac);
        byte[] code = new byte[SHA256.HashSizeInBytes];
        int length = session.Sign(key, &mechanism, data, code);
        return length == code.Length ? code : throw new HsmException("C_Sign", Ckr.FunctionFailed);
    }

    private static int DigestLength(HashAlgorithmName hash) =>
        hash == HashAlgorithmName.SHA256 ? SHA256.HashSizeInBytes
        : hash == HashAlgorithmName.SHA384 ? SHA384.HashSizeInBytes
        : hash == HashAlgorithmName.SHA512 ? SHA512.HashSizeInBytes
        : hash == HashAlgorithmName.SHA1 ? SHA1.HashSizeInBytes
        : throw new CryptographicException($"The digest algorithm {hash.Name} is not supported.");

    private static int SignEcdsa(Session session, CULong key, ReadOnlySpan<byte> digest, Span<byte> signature)
    {
        CkMechanism mechanism = default;
        mechanism.Type = new CULong(Ckm.Ecdsa);
        return session.Sign(key, &mechanism, digest, signature);
    }

    private static int SignPkcs1(Session session, CULong key, HsmSignature request, Span<byte> signature)
    {
        ReadOnlySpan<byte> prefix = request.Digest.Length switch
        {
            SHA1.HashSizeInBytes => Sha1Prefix,
            SHA256.HashSizeInBytes => Sha256Prefix,
            SHA384.HashSizeInBytes => Sha384Prefix,
            _ => Sha512Prefix,
        };
        Span<byte> digestInfo = stackalloc byte[MaxDigestInfoLength];
        prefix.CopyTo(digestInfo);
        request.Digest.Span.CopyTo(digestInfo[prefix.Length..]);
        CkMechanism mechanism = default;
        mechanism.Type = new CULong(Ckm.RsaPkcs);
        return session.Sign(key, &mechanism, digestInfo[..(prefix.Length + request.Digest.Length)], signature);
    }

    private static int SignPss(Session session, CULong key, HsmSignature request, Span<byte> signature)
    {
        (uint hash, uint maskGeneration) = request.Digest.Length switch
        {
            SHA1.HashSizeInBytes => (Ckm.Sha1, 1u),
            SHA256.HashSizeInBytes => (Ckm.Sha256, 2u),
            SHA384.HashSizeInBytes => (Ckm.Sha384, 3u),
            _ => (Ckm.Sha512, 4u),
        };
        CkPssParameters parameters = default;
        parameters.Hash = new CULong(hash);
        parameters.MaskGeneration = new CULong(maskGeneration);
        parameters.SaltLength = new CULong((uint)request.SaltLength);
        CkMechanism mechanism = default;
        mechanism.Type = new CULong(Ckm.RsaPss);
        mechanism.Parameter = &parameters;
        mechanism.ParameterLength = new CULong((uint)sizeof(CkPssParameters));
        return session.Sign(key, &mechanism, request.Digest.Span, signature);
    }
}
