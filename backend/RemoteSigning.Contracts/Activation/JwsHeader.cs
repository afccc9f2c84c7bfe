using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Activation;

/// <summary>The protected header of a compact JWS (RFC 7515). <c>crit</c> is never understood, so it is refused.</summary>
public sealed record JwsHeader(
    [property: JsonRequired] string Alg,
    [property: JsonRequired] string Typ,
    [property: JsonRequired] string Kid,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Crit = null);
