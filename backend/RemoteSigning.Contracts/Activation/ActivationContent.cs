using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Activation;

/// <summary>
/// What is approved. It travels as the very string that was approved and is never serialized again.
/// </summary>
/// <param name="V">Version of this structure, 1.</param>
/// <param name="Node">The SAM node that may use it.</param>
/// <param name="Epoch">That node's present start (32 lower-case hex digits).</param>
/// <param name="Transaction">The transaction at the authorization server.</param>
/// <param name="Signer">The signer's id.</param>
/// <param name="KeyId">The key pair's id.</param>
/// <param name="Count">How many signatures, equal to the number of entries in the set.</param>
/// <param name="SetDigest"><see cref="ActivationSet.Digest"/>, base64url without padding.</param>
/// <param name="ClientId">The application that asked.</param>
/// <param name="DisplayDigest"><see cref="ActivationDisplay.Digest"/>, base64url without padding.</param>
/// <param name="NotAfter">Unix seconds after which it is dead.</param>
public sealed record ActivationContent(
    [property: JsonRequired] int V,
    [property: JsonRequired] string Node,
    [property: JsonRequired] string Epoch,
    [property: JsonRequired] string Transaction,
    [property: JsonRequired] string Signer,
    [property: JsonRequired] string KeyId,
    [property: JsonRequired] int Count,
    [property: JsonRequired] string SetDigest,
    [property: JsonRequired] string ClientId,
    [property: JsonRequired] string DisplayDigest,
    [property: JsonRequired] long NotAfter)
{
    public const int CurrentVersion = 1;
}
