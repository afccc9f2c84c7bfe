using System.Security.Cryptography;

namespace RemoteSigning.Cryptoki.Worker;

/// <summary>An <see cref="HsmSignature"/> in a message: padding (0 none, 1 PKCS#1, 2 PSS), hash (1 SHA-1, 2 SHA-256, 3 SHA-384, 4 SHA-512), salt, digest.</summary>
internal static class SignatureFields
{
    private static readonly HashAlgorithmName[] Hashes =
        [HashAlgorithmName.SHA1, HashAlgorithmName.SHA256, HashAlgorithmName.SHA384, HashAlgorithmName.SHA512];

    /// <param name="request">One that <see cref="SigningInput.Check"/> has passed.</param>
    public static void Write(MessageWriter to, HsmSignature request) => to
        .Byte(request.Padding?.Mode switch { null => 0, RSASignaturePaddingMode.Pkcs1 => 1, _ => 2 })
        .Byte((byte)(1 + Array.IndexOf(Hashes, request.Hash)))
        .Number((uint)request.SaltLength)
        .Bytes(request.Digest.Span);

    /// <exception cref="InvalidDataException">It is malformed.</exception>
    public static HsmSignature Read(MessageReader from)
    {
        RSASignaturePadding? padding = from.Byte() switch
        {
            0 => null,
            1 => RSASignaturePadding.Pkcs1,
            2 => RSASignaturePadding.Pss,
            byte other => throw MessageReader.Malformed($"padding {other}"),
        };
        int hash = from.Byte();
        if (hash < 1 || hash > Hashes.Length)
        {
            throw MessageReader.Malformed($"hash {hash}");
        }

        int salt = from.Count(int.MaxValue);
        return new HsmSignature(padding, Hashes[hash - 1], salt, from.Bytes(SHA512.HashSizeInBytes));
    }
}
