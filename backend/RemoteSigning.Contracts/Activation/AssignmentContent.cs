using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Activation;

/// <summary>
/// What a signer agrees to when a key becomes the signer's. It travels as the very string that was agreed to and is
/// never serialized again; a new device answers its digest (<see cref="DeviceChallenge.ForAssignment"/>).
/// </summary>
/// <param name="V">Version of this structure, 1.</param>
/// <param name="Node">The SAM node that may use it.</param>
/// <param name="Epoch">That node's present start (32 lower-case hex digits).</param>
/// <param name="KeyId">The key pair's id.</param>
/// <param name="PublicKeyDigest">SHA-256 of the key's SubjectPublicKeyInfo (DER), base64url without padding.</param>
/// <param name="Signer">The signer's id.</param>
/// <param name="Subject">The subject of the certificate, RFC 4514, the same text as in the request.</param>
/// <param name="Purpose">One of <see cref="Sam.KeyPurposes"/>.</param>
/// <param name="Policy">One of <see cref="Sam.KeyPolicies"/>.</param>
/// <param name="TermsDigest">SHA-256 of the terms that were accepted, base64url without padding.</param>
/// <param name="NotAfter">Unix seconds after which it is dead.</param>
/// <param name="RpId">Policy device: the RP ID of the devices, for activation only; absent otherwise.</param>
/// <param name="Origins">Policy device: the exact origins that may ask the devices, 1 to 4; absent otherwise.</param>
public sealed record AssignmentContent(
    [property: JsonRequired] int V,
    [property: JsonRequired] string Node,
    [property: JsonRequired] string Epoch,
    [property: JsonRequired] string KeyId,
    [property: JsonRequired] string PublicKeyDigest,
    [property: JsonRequired] string Signer,
    [property: JsonRequired] string Subject,
    [property: JsonRequired] string Purpose,
    [property: JsonRequired] string Policy,
    [property: JsonRequired] string TermsDigest,
    [property: JsonRequired] long NotAfter,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? RpId = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Origins = null)
{
    public const int CurrentVersion = 1;
}
