using RemoteSigning.Contracts.Enrollment;

namespace RemoteSigning.Server.Storage;

/// <summary>A client of the CSC API. The row outlives its deletion, so that what was consumed keeps its name.</summary>
internal sealed class ApplicationRow
{
    public required string ClientId { get; init; }

    public required string Name { get; init; }

    public required string OwnerName { get; init; }

    public required string OwnerEmail { get; init; }

    /// <summary>SHA-256 of the API key; null when there is none that is good.</summary>
    public byte[]? KeyHash { get; set; }

    public required bool Enabled { get; set; }

    public int SignaturesPerTransaction { get; set; }

    public long? SignaturesPerDay { get; set; }

    public int? RequestsPerSecond { get; set; }

    public int? Burst { get; set; }

    public int? TokenRequestsPerSecond { get; set; }

    public int? TokenBurst { get; set; }

    /// <summary>Where it may be told that asynchronous signatures are ready.</summary>
    public string[] ResponseUris { get; set; } = [];

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? DeletedAt { get; set; }

    public ApplicationLimits Limits
    {
        get => new(SignaturesPerTransaction, SignaturesPerDay, RequestsPerSecond, Burst, TokenRequestsPerSecond, TokenBurst);
        set => (SignaturesPerTransaction, SignaturesPerDay, RequestsPerSecond, Burst, TokenRequestsPerSecond, TokenBurst) = value;
    }
}
