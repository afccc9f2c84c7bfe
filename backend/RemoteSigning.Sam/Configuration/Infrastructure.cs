using System.Security.Cryptography;
using System.Text.Json.Serialization;

namespace RemoteSigning.Sam.Configuration;

/// <summary>
/// Which keys of the token do what (SAM-35); the file <c>sam_infrastructure.json</c>, written once by
/// <c>admin create</c>. The public keys stand here so that another token under the same name is noticed.
/// </summary>
/// <param name="Version">Version of this structure, 1.</param>
/// <param name="KeyEncryptionKey">Label of the AES key that wraps signers' keys.</param>
/// <param name="SealingKey">Label of the P-256 key that seals key objects.</param>
/// <param name="AuditKey">Label of the P-256 key that signs the log's heads.</param>
/// <param name="FloorKey">Label of the HMAC key that authenticates the floor list.</param>
/// <param name="SealingPublicKey">SubjectPublicKeyInfo, PEM.</param>
/// <param name="AuditPublicKey">SubjectPublicKeyInfo, PEM.</param>
internal sealed record Infrastructure(
    [property: JsonRequired] int Version,
    [property: JsonRequired] string KeyEncryptionKey,
    [property: JsonRequired] string SealingKey,
    [property: JsonRequired] string AuditKey,
    [property: JsonRequired] string FloorKey,
    [property: JsonRequired] string SealingPublicKey,
    [property: JsonRequired] string AuditPublicKey)
{
    public const int CurrentVersion = 1;

    /// <summary>SHA-256 of the file, lower-case hex: what operators compare.</summary>
    [JsonIgnore]
    public string Fingerprint { get; init; } = "";

    /// <exception cref="StartException">The file cannot be read.</exception>
    public static Infrastructure Load(string file) => ConfigurationJson.Read(file, ConfigurationJson.Default.Infrastructure) with
    {
        Fingerprint = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))),
    };
}
