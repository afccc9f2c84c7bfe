using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Authorization;

/// <summary><c>POST /authorization/v1/sessions</c> by an SSA, answered 201 by a <see cref="Session"/>.</summary>
/// <param name="ClientId">The application that the person signs in to, as the SSA has identified it.</param>
public sealed record SessionRequest(
    [property: JsonRequired] string Login,
    [property: JsonRequired] string Password,
    bool RememberMe = false,
    string ClientId = TokenState.DirectClient);
