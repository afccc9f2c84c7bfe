namespace RemoteSigning.Contracts.Sam;

/// <summary>Who checks the signer's factors.</summary>
public static class KeyPolicies
{
    /// <summary>All factors are checked by the authorization server.</summary>
    public const string Delegated = "delegated";

    /// <summary>A device key of the signer is verified by the SAM itself.</summary>
    public const string Device = "device";
}
