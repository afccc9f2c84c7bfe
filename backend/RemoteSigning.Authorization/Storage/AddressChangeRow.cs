namespace RemoteSigning.Authorization.Storage;

/// <summary>That an operator changed where a signer's codes go. Written with the change, and never removed.</summary>
internal sealed class AddressChangeRow
{
    public long Id { get; init; }

    public required string Signer { get; init; }

    /// <summary>One of <see cref="Contracts.Authorization.OtpChannels"/>.</summary>
    public required string Channel { get; init; }

    /// <summary>Null where there was none.</summary>
    public string? Before { get; init; }

    public required string After { get; init; }

    /// <summary>Who changed it.</summary>
    public required string Operator { get; init; }

    public required DateTimeOffset ChangedAt { get; init; }
}
