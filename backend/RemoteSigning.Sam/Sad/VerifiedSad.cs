using RemoteSigning.Contracts.Activation;

namespace RemoteSigning.Sam.Sad;

/// <summary>A SAD whose signature, addressee, time and assurance level were found good.</summary>
internal sealed record VerifiedSad(SadClaims Claims, ActivationContent Content)
{
    /// <summary>The earlier of the SAD's and the activation's end.</summary>
    public DateTimeOffset DeadAfter => DateTimeOffset.FromUnixTimeSeconds(Math.Min(Claims.Exp, Content.NotAfter));
}
