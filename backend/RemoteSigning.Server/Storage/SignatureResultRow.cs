namespace RemoteSigning.Server.Storage;

/// <summary>
/// What became of an asynchronous signHash, for the signer and the application that asked. It is encrypted under a key
/// that only the holder of the <c>responseID</c> has.
/// </summary>
internal sealed class SignatureResultRow
{
    /// <summary>SHA-256 of the <c>responseID</c>.</summary>
    public required byte[] Id { get; init; }

    public required string Signer { get; init; }

    /// <summary>The application's client id.</summary>
    public required string Client { get; init; }

    /// <summary>Null until it is known.</summary>
    public byte[]? Result { get; set; }

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }
}
