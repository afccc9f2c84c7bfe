using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using RemoteSigning.Sam.Transport;

namespace RemoteSigning.Sam.Configuration;

/// <summary>
/// The file <c>sam_infrastructure.json</c> from version 2 on (SAM-35): what makes several nodes one module. The same bytes
/// on all of them. It holds no secret that is usable without the HSM, or without enough officers.
/// </summary>
/// <param name="Version">Version of this structure, 2.</param>
/// <param name="Module">32 random hex digits that name the module.</param>
/// <param name="KeyEncryptionKey">Label of the AES key that wraps signers' keys.</param>
/// <param name="SealingKey">Label of the P-256 key that seals key objects.</param>
/// <param name="AuditKey">Label of each node's own P-256 key for its log, followed by <c>-NODE</c>.</param>
/// <param name="FloorKey">Label of the HMAC key that authenticates the floor lists.</param>
/// <param name="SealingPublicKey">SubjectPublicKeyInfo, PEM.</param>
/// <param name="KeyEncryptionKeyProof">A key of nobody that the key-encryption key must unwrap.</param>
/// <param name="Transfer">The keys themselves for other tokens; null where they never leave the HSM.</param>
/// <param name="Mac">HMAC-SHA-256 with the floor key over all else.</param>
/// <param name="LaterKeyEncryptionKeys">Labels of the generations 2, 3 and so on of the key-encryption key; new keys use the last.</param>
/// <param name="RetiredGenerations">Generations of the key-encryption key that are not used any more.</param>
/// <param name="LaterKeyEncryptionKeyProofs">For each of the later generations what <paramref name="KeyEncryptionKeyProof"/> is for the first.</param>
internal sealed partial record InfrastructureFile(
    [property: JsonRequired] int Version,
    [property: JsonRequired] string Module,
    [property: JsonRequired] string KeyEncryptionKey,
    [property: JsonRequired] string SealingKey,
    [property: JsonRequired] string AuditKey,
    [property: JsonRequired] string FloorKey,
    [property: JsonRequired] string SealingPublicKey,
    [property: JsonRequired] InfrastructureFile.KeyProof KeyEncryptionKeyProof,
    [property: JsonRequired] KeyTransfer? Transfer,
    [property: JsonRequired] byte[] Mac,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? LaterKeyEncryptionKeys = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<int>? RetiredGenerations = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<InfrastructureFile.KeyProof?>? LaterKeyEncryptionKeyProofs = null)
{
    public const int CurrentVersion = 2;

    private const int LongestFile = 64 * 1024;

    /// <summary>A wrapped P-256 key and its public half (SubjectPublicKeyInfo, DER).</summary>
    internal sealed record KeyProof([property: JsonRequired] byte[] Wrapped, [property: JsonRequired] byte[] PublicKeyInfo);

    /// <summary>Goes into what authenticates the officers' shares.</summary>
    [JsonIgnore]
    public string ShareContext => $"{Module}\n{Transfer?.Threshold}";

    /// <summary>The newest generation of the key-encryption key; the first is 1.</summary>
    [JsonIgnore]
    public int Generation => 1 + (LaterKeyEncryptionKeys?.Count ?? 0);

    /// <summary>All generations of the key-encryption key, in order.</summary>
    [JsonIgnore]
    public IReadOnlyList<KeyGeneration> Generations =>
    [
        new KeyGeneration(1, KeyEncryptionKey, KeyEncryptionKeyProof, Transfer?.KeyEncryptionKey, IsRetired(1)),
        .. (LaterKeyEncryptionKeys ?? []).Select((label, i) => new KeyGeneration(
            i + 2, label, LaterKeyEncryptionKeyProofs?[i], Transfer?.LaterKeyEncryptionKeys?[i], IsRetired(i + 2))),
    ];

    /// <summary>SHA-256 of a file, in groups that two operators can read to each other.</summary>
    public static string Fingerprint(byte[] file) => Group(Digest(file));

    /// <summary>SHA-256 of a file, lower-case hex.</summary>
    public static string Digest(byte[] file) => NodeConfiguration.Digest(file);

    public static string Group(string hex) => string.Join(' ', hex.Chunk(4).Select(c => new string(c)));

    /// <summary>Reads a file of this version in exactly the form in which it was written.</summary>
    /// <exception cref="StartException">It is no such file, or was changed in form.</exception>
    public static InfrastructureFile Parse(byte[] file, string path)
    {
        try
        {
            InfrastructureFile? read = file.Length <= LongestFile
                ? JsonSerializer.Deserialize(file, ConfigurationJson.Default.InfrastructureFile)
                : null;
            return read is { Version: CurrentVersion } && read.IsWellFormed && read.ToBytes().AsSpan().SequenceEqual(file)
                ? read
                : throw new StartException($"{path} is not an infrastructure file of version {CurrentVersion} as this program writes it.");
        }
        catch (JsonException e)
        {
            throw new StartException($"{path} is not an infrastructure file: {e.Message}", e);
        }
    }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, ConfigurationJson.Default.InfrastructureFile);

    /// <param name="hmac">HMAC-SHA-256 with the floor key.</param>
    public InfrastructureFile Authenticate(Func<byte[], byte[]> hmac) => this with { Mac = hmac(Authenticated()) };

    public bool IsAuthentic(Func<byte[], byte[]> hmac) => CryptographicOperations.FixedTimeEquals(Mac, hmac(Authenticated()));

    /// <summary>
    /// What the transport key authenticates: everything that a node without the keys has to believe. What is retired it learns from
    /// the floor key, once that is in its token, so that no officers are needed to retire something.
    /// </summary>
    public byte[] Travelling() => Encoding.UTF8.GetBytes(
        "RemoteSigning SAM transfer v2\n" + Encoding.UTF8.GetString((this with { Mac = [], RetiredGenerations = null, Transfer = Transfer! with { Mac = [] } }).ToBytes()));

    private byte[] Authenticated() => Encoding.UTF8.GetBytes(
        "RemoteSigning SAM infrastructure v2\n" + Encoding.UTF8.GetString((this with { Mac = [] }).ToBytes()));

    private bool IsRetired(int generation) => RetiredGenerations?.Contains(generation) == true;

    private bool IsWellFormed => ModuleName.IsMatch(Module)
        && AreGenerationsWellFormed
        && (Transfer is null || (
            Transfer.Threshold >= 2 && Transfer.Threshold <= Transfer.Shares.Count && Transfer.Shares.Count <= SecretSharing.MostShares
            && Transfer.Shares.Select((s, i) => s is { IsWellFormed: true } && s.Number == i + 1).All(good => good)));

    private bool AreGenerationsWellFormed =>
        (LaterKeyEncryptionKeys?.All(l => !string.IsNullOrEmpty(l)) ?? true)
        && (LaterKeyEncryptionKeyProofs is null || LaterKeyEncryptionKeyProofs.Count + 1 == Generation)
        && (Transfer is null || (Transfer.LaterKeyEncryptionKeys?.Count ?? 0) + 1 == Generation)
        && (RetiredGenerations is null || (RetiredGenerations.All(g => g >= 1 && g < Generation)
            && RetiredGenerations.Distinct().Count() == RetiredGenerations.Count));

    [GeneratedRegex("^[0-9a-f]{32}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex ModuleName { get; }
}
