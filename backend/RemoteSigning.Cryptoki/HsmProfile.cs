using RemoteSigning.Cryptoki.Interop;

namespace RemoteSigning.Cryptoki;

/// <summary>
/// Where PKCS#11 leaves a choice, what one make of HSM wants. Only <see cref="SoftHsm"/> was tried; the others are read from
/// public documentation (docs/sam/hsm.md has the sources), and each value can be overridden in <see cref="HsmOptions"/>.
/// </summary>
/// <param name="Name">As in <see cref="HsmOptions.Profile"/>.</param>
/// <param name="WrapMechanism">Wraps private keys of any length with an AES key; takes no parameter.</param>
/// <param name="HmacKeyType">CKK of a key for HMAC-SHA256.</param>
/// <param name="HmacKeyGeneration">Mechanism that makes such a key.</param>
/// <param name="HasUnwrapTemplate">The HSM holds unwrapped keys to CKA_UNWRAP_TEMPLATE of the key-encryption key.</param>
/// <param name="HasSignRecover">The HSM knows CKA_SIGN_RECOVER on private keys.</param>
public sealed record HsmProfile(
    string Name, uint WrapMechanism, uint HmacKeyType, uint HmacKeyGeneration, bool HasUnwrapTemplate, bool HasSignRecover)
{
    private const uint AesKeyWrapPad = 0x210A;
    private const uint AesKeyWrapKwp = 0x210B;
    private const uint GenericSecretKeyGeneration = 0x350;

    /// <summary>SoftHSM 2.6: CKM_AES_KEY_WRAP_PAD is RFC 5649 there.</summary>
    public static HsmProfile SoftHsm { get; } = new("softhsm", AesKeyWrapPad, Ckk.GenericSecret, GenericSecretKeyGeneration, true, true);

    /// <summary>nShield: HMAC keys are of type CKK_SHA256_HMAC, made by CKM_NC_SHA256_HMAC_KEY_GEN. Untested.</summary>
    public static HsmProfile NShield { get; } = new("nshield", AesKeyWrapKwp, 0x2B, 0xDE436997, true, true);

    /// <summary>Luna: CKM_AES_KWP; the partition must allow private keys to be wrapped. Untested.</summary>
    public static HsmProfile Luna { get; } = new("luna", 0x80000171, Ckk.GenericSecret, GenericSecretKeyGeneration, true, true);

    /// <summary>AWS CloudHSM: CKM_CLOUDHSM_AES_KEY_WRAP_ZERO_PAD; the PIN is <c>user:password</c>. Untested.</summary>
    public static HsmProfile CloudHsm { get; } = new("cloudhsm", 0x8000216F, Ckk.GenericSecret, GenericSecretKeyGeneration, true, false);

    /// <summary>Utimaco CryptoServer. Untested.</summary>
    public static HsmProfile Utimaco { get; } = new("utimaco", AesKeyWrapPad, Ckk.GenericSecret, GenericSecretKeyGeneration, false, true);

    public static IReadOnlyList<HsmProfile> All { get; } = [SoftHsm, NShield, Luna, CloudHsm, Utimaco];

    /// <exception cref="ArgumentException">No profile has this name.</exception>
    public static HsmProfile Find(string name) => All.FirstOrDefault(p => p.Name == name)
        ?? throw new ArgumentException($"Hsm:Profile is one of {string.Join(", ", All.Select(p => p.Name))}.", nameof(name));
}
