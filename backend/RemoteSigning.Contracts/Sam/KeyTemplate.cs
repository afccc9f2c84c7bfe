using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Sam;

/// <summary>What key pair to generate (SAM-18, SAM-19).</summary>
/// <param name="Algorithm"><c>RSA</c> or <c>ECDSA</c>.</param>
/// <param name="Size">Modulus length in bits, RSA only.</param>
/// <param name="NamedCurve">ECDSA only: secp256r1 = prime256v1, secp384r1 = prime384v1, secp521r1 = prime521v1.</param>
public sealed record KeyTemplate(
    [property: JsonRequired] string Algorithm, int? Size = null, string? NamedCurve = null);
