using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Authorization;

/// <summary>
/// <c>POST /authorization/v1/session_refreshes</c> by an SSA, answered 201 by a <see cref="Session"/>. The old
/// refresh token dies.
/// </summary>
/// <param name="ClientId">The application that asks; to any but its own the token does not exist.</param>
public sealed record SessionRefresh([property: JsonRequired] string RefreshToken, string ClientId = TokenState.DirectClient);
