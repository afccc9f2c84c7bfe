using System.Security.Cryptography;

namespace RemoteSigning.Cryptoki;

/// <summary>One signature to make with an unwrapped key.</summary>
/// <param name="Padding">Null for ECDSA.</param>
/// <param name="Hash">The algorithm that made the digest.</param>
/// <param name="SaltLength">Bytes, PSS only.</param>
public sealed record HsmSignature(RSASignaturePadding? Padding, HashAlgorithmName Hash, int SaltLength, ReadOnlyMemory<byte> Digest);
