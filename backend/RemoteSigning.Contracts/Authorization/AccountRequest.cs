using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Authorization;

/// <summary>
/// <c>POST /authorization/v1/accounts</c> by an operator's certificate, answered 201 by an <see cref="Account"/>.
/// </summary>
/// <param name="PhoneNumber">E.164, as in <c>+4915112345678</c>; needed for credentials whose codes come by SMS.</param>
public sealed record AccountRequest(
    [property: JsonRequired] string Email,
    [property: JsonRequired] string GivenName,
    [property: JsonRequired] string FamilyName,
    [property: JsonRequired] string Password,
    [property: JsonRequired] string Pin,
    string? PhoneNumber = null);
