namespace RemoteSigning.Sam;

/// <summary>The two kinds of privileged users (SAM-03), and the other nodes. Nobody has two of them.</summary>
internal static class Roles
{
    /// <summary>A signing service privileged user (SSA): service functions.</summary>
    public const string SigningService = "ssa";

    /// <summary>An operation privileged user: administration, never a signer's key.</summary>
    public const string Operator = "operator";

    /// <summary>Another node of the cluster: peer functions, nothing else.</summary>
    public const string Peer = "peer";
}
