namespace RemoteSigning.Server.Storage;

/// <summary>An order to move all keys under the SAM's newest key-encryption key. What became of each key stands at its credential.</summary>
internal sealed class ResealRunRow
{
    public long Id { get; init; }

    public required int PerMinute { get; set; }

    public required DateTimeOffset StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; set; }

    public DateTimeOffset? PausedAt { get; set; }

    /// <summary>Why the SAM could not be asked the last time.</summary>
    public string? Stalled { get; set; }
}
