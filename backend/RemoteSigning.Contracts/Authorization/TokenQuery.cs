using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Authorization;

/// <summary>
/// <c>POST /authorization/v1/token_states</c> by an SSA, answered 200 by a <see cref="TokenState"/>, or 401 with
/// <see cref="ProblemCodes.TokenInvalid"/> or <see cref="ProblemCodes.TokenExpired"/>.
/// </summary>
public sealed record TokenQuery([property: JsonRequired] string AccessToken);
