using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>
/// CSC v2 <c>credentials/authorize</c> and <c>credentials/authorizeCheck</c>, 202: the signer approves elsewhere, and
/// <paramref name="Handle"/> asks whether he has.
/// </summary>
public sealed record AuthorizationPending([property: JsonRequired] string Handle);
