namespace RemoteSigning.Contracts.Audit;

/// <summary>
/// The two logs of a SAM node, each a tree of its own: one for what signing servers ask for, one for what the
/// node itself and its operators do.
/// </summary>
public static class AuditLogNames
{
    /// <summary>The service log has no name in a head.</summary>
    public const string? Service = null;

    public const string Administration = "admin";
}
