using System.Security.Cryptography;

namespace RemoteSigning.Cryptoki;

/// <summary>An EC key of the token: signs there, verifies here with the public half, never exports the private one.</summary>
internal sealed class HsmEcdsa : ECDsa
{
    private readonly IHsm _hsm;
    private readonly string _label;
    private readonly ECDsa _publicKey;
    private readonly Lock _verifying = new();

    public HsmEcdsa(IHsm hsm, string label, ECDsa publicKey)
    {
        _hsm = hsm;
        _label = label;
        _publicKey = publicKey;
        KeySizeValue = publicKey.KeySize;
        LegalKeySizesValue = [new KeySizes(KeySizeValue, KeySizeValue, 0)];
    }

    /// <summary>Fixed-width r‖s.</summary>
    /// <exception cref="CryptographicException">The length is not that of a SHA-1, SHA-256, SHA-384 or SHA-512 digest.</exception>
    public override byte[] SignHash(byte[] hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        HashAlgorithmName algorithm = hash.Length switch
        {
            SHA1.HashSizeInBytes => HashAlgorithmName.SHA1,
            SHA256.HashSizeInBytes => HashAlgorithmName.SHA256,
            SHA384.HashSizeInBytes => HashAlgorithmName.SHA384,
            SHA512.HashSizeInBytes => HashAlgorithmName.SHA512,
            _ => throw new CryptographicException($"{hash.Length} bytes are not a digest."),
        };
        return _hsm.Sign(_label, isRsa: false, new HsmSignature(null, algorithm, 0, hash));
    }

    public override bool VerifyHash(byte[] hash, byte[] signature)
    {
        lock (_verifying)
        {
            return _publicKey.VerifyHash(hash, signature);
        }
    }

    public override ECParameters ExportParameters(bool includePrivateParameters) => includePrivateParameters
        ? throw new CryptographicException("The private key does not leave the HSM.")
        : _publicKey.ExportParameters(false);

    public override ECParameters ExportExplicitParameters(bool includePrivateParameters) => includePrivateParameters
        ? throw new CryptographicException("The private key does not leave the HSM.")
        : _publicKey.ExportExplicitParameters(false);

    public override void ImportParameters(ECParameters parameters) =>
        throw new NotSupportedException("Keys of the HSM are made there.");

    public override void GenerateKey(ECCurve curve) => throw new NotSupportedException("Keys of the HSM are made there.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _publicKey.Dispose();
        }

        base.Dispose(disposing);
    }
}
