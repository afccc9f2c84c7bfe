using System.Text.Json.Serialization;

namespace RemoteSigning.Sam.Configuration;

/// <summary>The protected header of an approval. These members and no others.</summary>
/// <param name="Alg"><c>ES256</c>.</param>
/// <param name="Typ"><c>sam-configuration+jws</c> or <c>sam-unlock+jws</c>: what is approved.</param>
/// <param name="Kid">The approving operator.</param>
/// <param name="Aud">Fingerprint of the module's <c>sam_infrastructure.json</c>, so that it is good for no other installation.</param>
/// <param name="Iat">When it was made, Unix seconds.</param>
internal sealed record ApprovalHeader(
    [property: JsonRequired] string Alg,
    [property: JsonRequired] string Typ,
    [property: JsonRequired] string Kid,
    [property: JsonRequired] string Aud,
    [property: JsonRequired] long Iat);
