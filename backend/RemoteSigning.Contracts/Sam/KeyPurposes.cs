namespace RemoteSigning.Contracts.Sam;

/// <summary>What a key may be used for; the SAM refuses cross-use.</summary>
public static class KeyPurposes
{
    /// <summary>Key usage contentCommitment (non-repudiation).</summary>
    public const string Signature = "signature";

    /// <summary>Key usage digitalSignature, extended key usage clientAuth.</summary>
    public const string Authentication = "authentication";
}
