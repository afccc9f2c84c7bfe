using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Sam;

/// <summary><c>POST /sam/v1/peers/$body/retire</c> and <c>…/reinstate</c> by an operator, answered 200 by a <see cref="PeerStanding"/>.</summary>
/// <param name="Peer">The node, as the static configuration names it.</param>
/// <param name="Turn">
/// For a retirement under dual control: the node's next turn, one more than its <see cref="SamPeer.Turn"/>, so that an approval of the
/// request is good for this one retirement.
/// </param>
public sealed record PeerStandingRequest([property: JsonRequired] string Peer, int? Turn = null);
