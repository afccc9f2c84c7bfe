namespace RemoteSigning.Server.Signing;

/// <summary>
/// A content that waits for a device: its id at the authorization server, which looks at all of this again, and the node and epoch it is good for.
/// </summary>
internal sealed record ApprovalPlace(string Id, string Epoch, string Node)
{
    private const int LongestName = 512;

    /// <summary>Reads what <see cref="ToString"/> wrote; null when it is none.</summary>
    public static ApprovalPlace? Read(string text) =>
        text.Length <= LongestName && text.Split('.', 3) is [var id, var epoch, var node] ? new ApprovalPlace(id, epoch, node) : null;

    public override string ToString() => $"{Id}.{Epoch}.{Node}";
}
