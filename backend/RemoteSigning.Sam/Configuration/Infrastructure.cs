using System.Text.Json;
using System.Text.Json.Serialization;
using RemoteSigning.Contracts;
using RemoteSigning.Sam.Options;

namespace RemoteSigning.Sam.Configuration;

/// <summary>
/// Which keys of the token do what on this node. The members with names in JSON are the file <c>sam_infrastructure.json</c>
/// in its version 1, of a node that is alone; nodes of version 2 (<see cref="InfrastructureFile"/>) have it in memory only.
/// The public keys stand here so that another token under the same name is noticed.
/// </summary>
/// <param name="Version">Version of the file, 1 or 2.</param>
/// <param name="KeyEncryptionKey">Label of the AES key that wraps signers' keys.</param>
/// <param name="SealingKey">Label of the P-256 key that seals key objects.</param>
/// <param name="AuditKey">Label of the P-256 key that signs this node's heads.</param>
/// <param name="FloorKey">Label of the HMAC key that authenticates the floor list.</param>
/// <param name="SealingPublicKey">SubjectPublicKeyInfo, PEM.</param>
/// <param name="AuditPublicKey">SubjectPublicKeyInfo, PEM.</param>
/// <param name="LaterKeyEncryptionKeys">Labels of the generations 2, 3 and so on of the key-encryption key; new keys use the last.</param>
/// <param name="RetiredGenerations">Generations of the key-encryption key that are not used any more.</param>
internal sealed record Infrastructure(
    [property: JsonRequired] int Version,
    [property: JsonRequired] string KeyEncryptionKey,
    [property: JsonRequired] string SealingKey,
    [property: JsonRequired] string AuditKey,
    [property: JsonRequired] string FloorKey,
    [property: JsonRequired] string SealingPublicKey,
    [property: JsonRequired] string AuditPublicKey,
    IReadOnlyList<string>? LaterKeyEncryptionKeys = null,
    IReadOnlyList<int>? RetiredGenerations = null)
{
    private const int LoneNode = 1;

    /// <summary>The newest generation of the key-encryption key, which wraps new keys; the first is 1.</summary>
    [JsonIgnore]
    public int Generation => 1 + (LaterKeyEncryptionKeys?.Count ?? 0);

    /// <summary>The labels of all generations that are in use.</summary>
    [JsonIgnore]
    public IEnumerable<string> KeyEncryptionKeysInUse => Enumerable.Range(1, Generation).Where(IsInUse).Select(Label);

    /// <summary>The label of a generation of the key-encryption key.</summary>
    /// <exception cref="ProblemException">
    /// <c>key_outdated</c>: the generation is retired. <c>service_unavailable</c>: it is newer than this node's file, so another node may know it.
    /// </exception>
    public string KeyEncryptionKeyOf(int generation)
    {
        if (IsInUse(generation))
        {
            return Label(generation);
        }

        throw generation > Generation
            ? Refusals.Create(
                ProblemCodes.ServiceUnavailable, $"generation {generation} of the key-encryption key is not here yet: run admin adopt on this node")
            : Refusals.Create(ProblemCodes.KeyOutdated, $"generation {generation} of the key-encryption key is retired");
    }

    /// <summary>SHA-256 of the file, lower-case hex: what operators compare.</summary>
    [JsonIgnore]
    public string Fingerprint { get; init; } = "";

    /// <summary>The file of version 2, to be proved against the token; null for version 1.</summary>
    [JsonIgnore]
    public InfrastructureFile? File { get; init; }

    /// <summary>The label of a node's own audit key: nodes that share a token have one each.</summary>
    public static string AuditKeyLabel(InfrastructureFile file, string node) => $"{file.AuditKey}-{node}";

    /// <exception cref="StartException">The file cannot be read.</exception>
    public static Infrastructure Load(SamOptions options, string node)
    {
        string path = options.InfrastructureFile;
        try
        {
            byte[] bytes = System.IO.File.ReadAllBytes(path);
            string fingerprint = InfrastructureFile.Digest(bytes);
            using JsonDocument document = JsonDocument.Parse(bytes);
            return document.RootElement.GetProperty("version").GetInt32() switch
            {
                LoneNode => ConfigurationJson.Read(path, ConfigurationJson.Default.Infrastructure) with { Fingerprint = fingerprint },
                InfrastructureFile.CurrentVersion => ForNode(
                    InfrastructureFile.Parse(bytes, path), node, System.IO.File.ReadAllText(options.AuditKeyFile).TrimEnd(), fingerprint),
                int other => throw new StartException(
                    $"{path} has version {other}; this program knows {LoneNode} and {InfrastructureFile.CurrentVersion}. Use a newer program."),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException
            or InvalidOperationException or FormatException)
        {
            throw new StartException($"The infrastructure file {path} cannot be read: {e.Message} Make the node with admin create or admin initialize.", e);
        }
    }

    /// <param name="fingerprint">SHA-256 of the file, lower-case hex.</param>
    public static Infrastructure ForNode(InfrastructureFile file, string node, string auditPublicKey, string fingerprint) => new(
        file.Version,
        file.KeyEncryptionKey,
        file.SealingKey,
        AuditKeyLabel(file, node),
        file.FloorKey,
        file.SealingPublicKey,
        auditPublicKey,
        file.LaterKeyEncryptionKeys,
        file.RetiredGenerations)
    {
        Fingerprint = fingerprint,
        File = file,
    };

    private bool IsInUse(int generation) =>
        generation >= 1 && generation <= Generation && RetiredGenerations?.Contains(generation) != true;

    private string Label(int generation) => generation == 1 ? KeyEncryptionKey : LaterKeyEncryptionKeys![generation - 2]; // Counted before.
}
