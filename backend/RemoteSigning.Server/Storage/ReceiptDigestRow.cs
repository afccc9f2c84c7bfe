namespace RemoteSigning.Server.Storage;

/// <summary>A digest that the record of a receipt names as signed.</summary>
internal sealed class ReceiptDigestRow
{
    public long ReceiptId { get; init; }

    public required byte[] Digest { get; init; }
}
