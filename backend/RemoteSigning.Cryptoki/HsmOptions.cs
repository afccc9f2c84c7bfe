namespace RemoteSigning.Cryptoki;

/// <summary>Which token to use, and how.</summary>
public class HsmOptions
{
    /// <summary>Path of the PKCS#11 module.</summary>
    public string Module { get; set; } = "";

    /// <summary>CKA_LABEL of the token; the slot may change, the label may not.</summary>
    public string TokenLabel { get; set; } = "";

    /// <summary>Owner-only file with the user PIN.</summary>
    public string PinFile { get; set; } = "";

    /// <summary>Tokens of the same module that hold the same keys; used in this order when the one in use is lost.</summary>
    public IList<StandbyToken> Standby { get; } = [];

    /// <summary>Most sessions open at once, one for each operation under way.</summary>
    public int MaxSessions { get; set; } = 8;

    /// <summary>Make of the HSM, one of <see cref="HsmProfile.All"/>.</summary>
    public string Profile { get; set; } = HsmProfile.SoftHsm.Name;

    /// <summary>Overrides the profile: mechanism that wraps private keys.</summary>
    public uint? WrapMechanism { get; set; }

    /// <summary>Overrides the profile: key type of HMAC keys.</summary>
    public uint? HmacKeyType { get; set; }

    /// <summary>Overrides the profile: mechanism that makes HMAC keys.</summary>
    public uint? HmacKeyGeneration { get; set; }

    /// <summary>Overrides the profile: the key-encryption key gets a CKA_UNWRAP_TEMPLATE.</summary>
    public bool? UnwrapTemplate { get; set; }

    /// <summary>The user type of C_Login: 1 is CKU_USER; HSMs have others of their own.</summary>
    public uint UserType { get; set; } = 1;

    /// <summary>The profile with what is overridden.</summary>
    /// <exception cref="ArgumentException">No profile has this name.</exception>
    public HsmProfile Resolve()
    {
        HsmProfile profile = HsmProfile.Find(Profile);
        return profile with
        {
            WrapMechanism = WrapMechanism ?? profile.WrapMechanism,
            HmacKeyType = HmacKeyType ?? profile.HmacKeyType,
            HmacKeyGeneration = HmacKeyGeneration ?? profile.HmacKeyGeneration,
            HasUnwrapTemplate = UnwrapTemplate ?? profile.HasUnwrapTemplate,
        };
    }
}
