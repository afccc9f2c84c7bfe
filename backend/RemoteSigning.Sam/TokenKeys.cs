using System.Security.Cryptography;
using RemoteSigning.Cryptoki;
using RemoteSigning.Sam.Configuration;

namespace RemoteSigning.Sam;

/// <summary>The node's own keys in the token, proved to be the ones of <c>sam_infrastructure.json</c>.</summary>
internal sealed class TokenKeys : IDisposable
{
    private readonly IHsm _hsm;
    private readonly Infrastructure _infrastructure;
    private readonly string _floorKey;
    private readonly ECDsa _sealing;
    private readonly ECDsa _audit;
    private readonly byte[] _floorProof;
    private long _sealingProved;
    private long _auditProved;
    private long _floorProved;

    /// <exception cref="StartException">The token holds other keys, or cannot sign with them.</exception>
    public TokenKeys(IHsm hsm, Infrastructure infrastructure)
    {
        _hsm = hsm;
        _infrastructure = infrastructure;
        _floorKey = infrastructure.FloorKey;
        foreach (string label in (string[])[.. infrastructure.KeyEncryptionKeysInUse, infrastructure.FloorKey])
        {
            if (!hsm.Exists(label))
            {
                throw new StartException($"The token holds no key {label}. Is it the token of this node?");
            }
        }

        if (infrastructure.File is { } file)
        {
            ModuleProof.Check(hsm, file);
        }

        SealingKey = EcdsaVerifier.FromPem(infrastructure.SealingPublicKey);
        AuditKey = EcdsaVerifier.FromPem(infrastructure.AuditPublicKey);
        _sealing = Open(hsm, infrastructure.SealingKey, SealingKey);
        _audit = Open(hsm, infrastructure.AuditKey, AuditKey);
        _floorProof = hsm.Hmac(_floorKey, "proof"u8);
        _sealingProved = _auditProved = _floorProved = hsm.LoginGeneration;
    }

    /// <summary>Logs in at the token.</summary>
    /// <exception cref="StartException">The token is missing, or refuses its PIN.</exception>
    public static Hsm OpenToken(HsmOptions options) => OpenToken(options, () => Hsm.Open(options));

    /// <inheritdoc cref="OpenToken(HsmOptions)"/>
    /// <param name="open">How.</param>
    public static T OpenToken<T>(HsmOptions options, Func<T> open)
        where T : IHsm
    {
        try
        {
            return open();
        }
        catch (HsmException e)
        {
            throw new StartException(
                $"The HSM token {options.TokenLabel} cannot be opened: {e.Message} "
                + "Check Sam:Hsm in the configuration and the PIN file before the next try: tokens lock after wrong PINs.",
                e);
        }
    }

    public EcdsaVerifier SealingKey { get; }

    public EcdsaVerifier AuditKey { get; }

    /// <summary>Signs a SHA-256 digest with the sealing key; r‖s.</summary>
    /// <exception cref="HsmException">The token failed, or it is another one now and does not hold this key.</exception>
    public byte[] Seal(byte[] digest)
    {
        byte[] signature = _sealing.SignHash(digest, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        Prove(ref _sealingProved, () => SealingKey.Use(
            k => k.VerifyHash(digest, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)));
        return signature;
    }

    /// <summary>Signs the text of a head; DER.</summary>
    /// <exception cref="HsmException">As <see cref="Seal"/>.</exception>
    public byte[] SignHead(byte[] text)
    {
        byte[] signature = _audit.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        Prove(ref _auditProved, () => AuditKey.Use(
            k => k.VerifyData(text, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)));
        return signature;
    }

    /// <summary>HMAC-SHA256 with the floor key.</summary>
    /// <exception cref="HsmException">As <see cref="Seal"/>.</exception>
    public byte[] FloorMac(byte[] text)
    {
        byte[] mac = _hsm.Hmac(_floorKey, text);
        Prove(ref _floorProved, () => CryptographicOperations.FixedTimeEquals(_floorProof, _hsm.Hmac(_floorKey, "proof"u8)));
        return mac;
    }

    /// <summary>Proves that another login reaches the same keys.</summary>
    /// <exception cref="StartException">It does not.</exception>
    /// <exception cref="HsmException">The token failed.</exception>
    public void CheckSame(IHsm other)
    {
        using var keys = new TokenKeys(other, _infrastructure);
        if (!CryptographicOperations.FixedTimeEquals(_floorProof, keys._floorProof))
        {
            throw new StartException($"The token {other.TokenLabel} holds another key than this node's {_floorKey}.");
        }
    }

    public void Dispose()
    {
        _sealing.Dispose();
        _audit.Dispose();
    }

    /// <summary>After each new login, which may be at the standby token, the first result is proved to be of the right key.</summary>
    private void Prove(ref long proved, Func<bool> isRight)
    {
        long generation = _hsm.LoginGeneration;
        if (generation == Interlocked.Read(ref proved))
        {
            return;
        }

        if (!isRight())
        {
            throw new HsmException($"The token {_hsm.TokenLabel} holds another key than this node's.", "C_Sign", 0);
        }

        Interlocked.Exchange(ref proved, generation);
    }

    private static ECDsa Open(IHsm hsm, string label, EcdsaVerifier publicKey)
    {
        if (!hsm.Exists(label))
        {
            throw new StartException($"The token holds no key {label}. Is it the token of this node?");
        }

        ECDsa key = hsm.OpenEcdsa(label);
        byte[] digest = RandomNumberGenerator.GetBytes(32);
        byte[] signature = key.SignHash(digest);
        if (!publicKey.Use(k => k.VerifyHash(digest, signature)))
        {
            key.Dispose();
            throw new StartException(
                $"The token's key {label} is not the one of sam_infrastructure.json. Use the token with which this node was created.");
        }

        return key;
    }
}
