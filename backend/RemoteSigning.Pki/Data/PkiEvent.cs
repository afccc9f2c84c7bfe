namespace RemoteSigning.Pki.Data;

/// <summary>Who did what, and when. Written in the same transaction as the deed.</summary>
internal sealed class PkiEvent
{
    public long Id { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>The id of a registration authority, or <see cref="Ceremony"/>, or <see cref="Responder"/>.</summary>
    public required string Actor { get; init; }

    /// <summary>One of <see cref="EventActions"/>.</summary>
    public required string Action { get; init; }

    /// <summary>The certificate concerned, or the number of the revocation list.</summary>
    public required string Object { get; init; }

    /// <summary>For people: the subject, the reason.</summary>
    public required string Detail { get; init; }

    /// <summary>Somebody at the command line of this machine.</summary>
    public const string Ceremony = "ceremony";

    /// <summary>The running process by itself.</summary>
    public const string Responder = "service";
}
