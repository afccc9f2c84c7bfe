namespace RemoteSigning.Cryptoki;

/// <summary>A token that holds the same keys as the first one.</summary>
public sealed class StandbyToken
{
    /// <summary>CKA_LABEL of the token.</summary>
    public string TokenLabel { get; set; } = "";

    /// <summary>Owner-only file with the user PIN.</summary>
    public string PinFile { get; set; } = "";
}
