namespace RemoteSigning.Cryptoki;

/// <summary>Which token to use, and how.</summary>
public sealed class HsmOptions
{
    /// <summary>Path of the PKCS#11 module.</summary>
    public string Module { get; set; } = "";

    /// <summary>CKA_LABEL of the token; the slot may change, the label may not.</summary>
    public string TokenLabel { get; set; } = "";

    /// <summary>Owner-only file with the user PIN.</summary>
    public string PinFile { get; set; } = "";

    /// <summary>Most sessions open at once, one for each operation under way.</summary>
    public int MaxSessions { get; set; } = 8;

    /// <summary>Mechanism that wraps private keys; HSMs differ. Default CKM_AES_KEY_WRAP_PAD (0x210A).</summary>
    public uint WrapMechanism { get; set; } = 0x210A;
}
