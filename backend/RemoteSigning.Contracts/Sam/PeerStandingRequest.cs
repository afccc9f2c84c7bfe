using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Sam;

/// <summary><c>POST /sam/v1/peers/$body/retire</c> and <c>…/reinstate</c> by an operator, answered 200 by a <see cref="PeerStanding"/>.</summary>
/// <param name="Peer">The node, as the static configuration names it.</param>
public sealed record PeerStandingRequest([property: JsonRequired] string Peer);
