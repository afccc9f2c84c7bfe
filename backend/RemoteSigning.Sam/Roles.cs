namespace RemoteSigning.Sam;

/// <summary>The two kinds of privileged users (SAM-03). Nobody has both.</summary>
internal static class Roles
{
    /// <summary>A signing service privileged user (SSA): service functions.</summary>
    public const string SigningService = "ssa";

    /// <summary>An operation privileged user: administration, never a signer's key.</summary>
    public const string Operator = "operator";
}
