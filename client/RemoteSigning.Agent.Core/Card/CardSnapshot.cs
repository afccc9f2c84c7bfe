namespace RemoteSigning.Agent.Core.Card;

/// <summary>What the card holds at one moment.</summary>
/// <param name="Generation">Differs whenever anything else here does; never 0.</param>
internal sealed record CardSnapshot(ulong Generation, bool SignedIn, IReadOnlyList<Credential> Credentials);
