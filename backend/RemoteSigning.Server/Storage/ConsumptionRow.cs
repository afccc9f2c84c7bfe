namespace RemoteSigning.Server.Storage;

/// <summary>
/// How many signatures an application had on a day. A day is several rows that are added up: parallel signatures
/// would wait for each other at a single one.
/// </summary>
internal sealed class ConsumptionRow
{
    /// <summary>How many rows a day may have.</summary>
    public const int Stripes = 16;

    public required string ClientId { get; init; }

    /// <summary>UTC.</summary>
    public required DateOnly Day { get; init; }

    public required int Stripe { get; init; }

    public required long Signatures { get; init; }
}
