using System.Security.Cryptography;

namespace RemoteSigning.Cryptoki;

/// <summary>An RSA key of the token: signs there, verifies here with the public half, never exports the private one.</summary>
internal sealed class HsmRsa : RSA
{
    private readonly IHsm _hsm;
    private readonly string _label;
    private readonly RSA _publicKey;
    private readonly Lock _verifying = new();

    public HsmRsa(IHsm hsm, string label, RSA publicKey)
    {
        _hsm = hsm;
        _label = label;
        _publicKey = publicKey;
        KeySizeValue = publicKey.KeySize;
        LegalKeySizesValue = [new KeySizes(KeySizeValue, KeySizeValue, 0)];
    }

    public override byte[] SignHash(byte[] hash, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)
    {
        ArgumentNullException.ThrowIfNull(hash);
        ArgumentNullException.ThrowIfNull(padding);
        int saltLength = padding.Mode == RSASignaturePaddingMode.Pss ? hash.Length : 0; // What Pss means in the BCL.
        return _hsm.Sign(_label, isRsa: true, new HsmSignature(padding, hashAlgorithm, saltLength, hash));
    }

    public override bool TrySignHash(
        ReadOnlySpan<byte> hash, Span<byte> destination, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding, out int bytesWritten)
    {
        bytesWritten = 0;
        if (destination.Length < KeySize / 8)
        {
            return false;
        }

        byte[] signature = SignHash(hash.ToArray(), hashAlgorithm, padding);
        signature.CopyTo(destination);
        bytesWritten = signature.Length;
        return true;
    }

    public override bool VerifyHash(byte[] hash, byte[] signature, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)
    {
        lock (_verifying)
        {
            return _publicKey.VerifyHash(hash, signature, hashAlgorithm, padding);
        }
    }

    public override bool VerifyHash(
        ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature, HashAlgorithmName hashAlgorithm, RSASignaturePadding padding)
    {
        lock (_verifying)
        {
            return _publicKey.VerifyHash(hash, signature, hashAlgorithm, padding);
        }
    }

    public override byte[] Encrypt(byte[] data, RSAEncryptionPadding padding) => throw SignsOnly();

    public override byte[] Decrypt(byte[] data, RSAEncryptionPadding padding) => throw SignsOnly();

    public override RSAParameters ExportParameters(bool includePrivateParameters) => includePrivateParameters
        ? throw new CryptographicException("The private key does not leave the HSM.")
        : _publicKey.ExportParameters(false);

    public override void ImportParameters(RSAParameters parameters) =>
        throw new NotSupportedException("Keys of the HSM are made there.");

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _publicKey.Dispose();
        }

        base.Dispose(disposing);
    }

    private static CryptographicException SignsOnly() => new("This key only signs.");
}
