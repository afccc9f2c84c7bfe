namespace RemoteSigning.Sam.Cluster;

/// <summary>The functions for the role <see cref="Roles.Peer"/>; the name is part of what is authenticated.</summary>
internal static class PeerFunctions
{
    /// <summary><c>state</c> for <c>state</c>.</summary>
    public const string Heartbeat = "heartbeat";

    /// <summary>Makes <c>lines</c> durable; the answer is empty and says that they are.</summary>
    public const string Store = "floor_entries";

    /// <summary><c>list</c> and <c>position</c> for the <c>lines</c> from there on and the next <c>position</c>.</summary>
    public const string Read = "floor_list";

    /// <summary><c>offer</c> for <c>counter_signature</c>, or for nothing.</summary>
    public const string Witness = "audit_head";

    public static string Path(string function) => $"/sam/v1/peers/$body/{function}";
}
