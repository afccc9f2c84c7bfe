namespace RemoteSigning.Cryptoki;

/// <summary>A key pair whose private half only this HSM can use.</summary>
/// <param name="WrappedPrivateKey">PKCS#8, wrapped by the key-encryption key.</param>
/// <param name="PublicKeyInfo">DER SubjectPublicKeyInfo.</param>
public sealed record WrappedKeyPair(byte[] WrappedPrivateKey, byte[] PublicKeyInfo);
