namespace RemoteSigning.Server.Storage;

/// <summary>
/// An application that is to be told at its <c>response_uri</c> that a result is there. The <c>responseID</c> is encrypted under a key that
/// processes have and the database has not: with it the result could be read.
/// </summary>
internal sealed class NotificationRow
{
    /// <summary>SHA-256 of the <c>responseID</c>, as of its result.</summary>
    public required byte[] Id { get; init; }

    /// <summary>The application's client id.</summary>
    public required string Client { get; init; }

    public required string Address { get; init; }

    /// <summary>Names the key under which <see cref="SealedId"/> is encrypted.</summary>
    public required byte[] KeyId { get; init; }

    public required byte[] SealedId { get; init; }

    /// <summary>How often it was tried, with the attempt that is under way.</summary>
    public required int Attempts { get; init; }

    /// <summary>Not to be taken before: the pause between attempts, or the time that who took it has.</summary>
    public required DateTimeOffset NextAt { get; init; }

    /// <summary>The end of the result.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}
