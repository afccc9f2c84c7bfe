using System.Text.Json.Serialization;

namespace RemoteSigning.Sam.Transport;

/// <summary>A module's keys on their way to another token, for whoever has enough officers.</summary>
/// <param name="Threshold">How many shares it takes.</param>
/// <param name="Shares">One for each officer.</param>
/// <param name="KeyEncryptionKey">
/// The first generation, wrapped under the transport key (RFC 5649, or what the HSM was configured for), as the others.
/// </param>
/// <param name="SealingKey">PKCS#8, wrapped.</param>
/// <param name="FloorKey">Wrapped.</param>
/// <param name="Mac">HMAC-SHA-256 with the transport key over all else in the file but what is retired.</param>
/// <param name="LaterKeyEncryptionKeys">The generations 2, 3 and so on, each wrapped; absent while there is only the first.</param>
internal sealed record KeyTransfer(
    [property: JsonRequired] int Threshold,
    [property: JsonRequired] IReadOnlyList<OfficerShare> Shares,
    [property: JsonRequired] byte[] KeyEncryptionKey,
    [property: JsonRequired] byte[] SealingKey,
    [property: JsonRequired] byte[] FloorKey,
    [property: JsonRequired] byte[] Mac,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<byte[]>? LaterKeyEncryptionKeys = null);
