using RemoteSigning.Contracts.Activation;

namespace RemoteSigning.Sam.Sad;

/// <summary>A SAD whose signature, addressee, time and assurance level were found good.</summary>
internal sealed record VerifiedSad(SadClaims Claims, ActivationContent Content) : IAssertion
{
    public AssertionKind Kind => AssertionKind.Sad;

    public string Issuer => Claims.Iss;

    public string Jti => Claims.Jti;

    public (string Claims, string Content) Node => (Claims.Aud, Content.Node);

    public (string Claims, string Content) Epoch => (Claims.Epoch, Content.Epoch);

    public long Issued => Claims.Iat;

    public long Expires => Claims.Exp;

    public long NotAfter => Content.NotAfter;
}
