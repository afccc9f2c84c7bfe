using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sandbox;

/// <summary>
/// Sets up the SAM as its operators would, by its own commands: the module's keys, which officers carry to further nodes, and
/// a configuration under dual control, which the second operator approves.
/// </summary>
/// <param name="run">Runs the SAM's program for a process, as this has an HSM store of its own.</param>
internal sealed class SamSetup(SandboxLayout layout, Configurations configurations, Func<string, IReadOnlyList<string>, Task> run)
{
    private const int Officers = 3;

    /// <summary>How many of them are enough.</summary>
    private const int Threshold = 2;

    private readonly Dictionary<string, string> _files = [];
    private readonly string _folder = layout.Make("sam-operators");

    public const string SecondOperator = "operator-2";

    /// <summary>What approves; another key than that of the operator's TLS certificate.</summary>
    public string ApprovalKey => Path.Combine(_folder, "approval.key");

    /// <summary>The configuration file of a node.</summary>
    public string FileOf(SamNodePlace node) => _files[node.Process];

    /// <summary>Makes the module's keys, and an audit key for each node.</summary>
    /// <param name="pinFiles">Of the token, by process.</param>
    public async Task CreateAsync(IReadOnlyDictionary<string, string> pinFiles)
    {
        WriteApprovalKey();
        foreach (SamNodePlace node in layout.SamNodes)
        {
            _files[node.Process] = configurations.Sam(node, pinFiles[node.Process]);
            WriteStatic(node, peers: []);
        }

        SamNodePlace first = layout.SamNodes[0];
        if (layout.SamNodes.Count == 1)
        {
            await run(first.Process, ["admin", "create", "--config", FileOf(first)]);
            return;
        }

        string[] passphrases = [.. Enumerable.Range(1, Officers).Select(WritePassphrase)];
        await run(
            first.Process,
            ["admin", "create", "--config", FileOf(first), "--officers", $"{Officers}", "--threshold", $"{Threshold}", .. passphrases.SelectMany(f => new[] { "--passphrase-file", f })]);
        foreach (SamNodePlace node in layout.SamNodes.Skip(1))
        {
            await run(
                node.Process,
                ["admin", "initialize", "--config", FileOf(node), "--infrastructure", first.Infrastructure, .. Shares(1, 2)]);
        }
    }

    /// <summary>The arguments with which these officers give their shares.</summary>
    public IReadOnlyList<string> Shares(params int[] officers) => [.. officers.SelectMany(o => (string[])["--share", $"{o}:{PassphraseFile(o)}"])];

    /// <summary>Registers the authorization server, the SSA and the nodes at one another (SAM-17, SAM-37).</summary>
    public Task ConfigureAsync(string sadPublicKeyPem) => Task.WhenAll(layout.SamNodes.Select(async node =>
    {
        WriteStatic(node, layout.SamNodes.Count == 1 ? [] : layout.SamNodes);
        await File.WriteAllTextAsync(node.DynamicConfiguration, JsonSerializer.Serialize(
            new DynamicConfiguration(
                1,
                [new AuthorizationServer(Configurations.Issuer, sadPublicKeyPem)],
                [new SigningServicePrivilegedUser("ssa", SandboxLayout.PublicKeyPem(layout.Ssa), [Configurations.Issuer])]),
            SamJson.Default.DynamicConfiguration));
        await run(
            node.Process,
            [
                "admin", "import", "--config", FileOf(node),
                "--static-approval", Approve(node, node.StaticConfiguration),
                "--dynamic-approval", Approve(node, node.DynamicConfiguration),
            ]);
    }));

    private void WriteApprovalKey()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        OwnerOnly.Write(ApprovalKey, key.ExportPkcs8PrivateKeyPem() + "\n");
        File.WriteAllText(Path.ChangeExtension(ApprovalKey, ".pub"), key.ExportSubjectPublicKeyInfoPem());
    }

    private string WritePassphrase(int officer)
    {
        string file = PassphraseFile(officer);
        OwnerOnly.Write(file, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
        return file;
    }

    private string PassphraseFile(int officer) => Path.Combine(_folder, $"officer-{officer}.passphrase");

    private void WriteStatic(SamNodePlace node, IReadOnlyList<SamNodePlace> peers) => File.WriteAllText(
        node.StaticConfiguration,
        new JsonObject
        {
            ["version"] = 1,
            ["node"] = node.Node,
            ["minimum_acr"] = "low",
            ["dual_control"] = true,
            ["operators"] = new JsonArray(
                new JsonObject { ["id"] = "operator", ["public_key"] = SandboxLayout.PublicKeyPem(layout.Operator) },
                new JsonObject
                {
                    ["id"] = SecondOperator,
                    ["public_key"] = SandboxLayout.PublicKeyPem(layout.SecondOperator),
                    ["approval_key"] = File.ReadAllText(Path.ChangeExtension(ApprovalKey, ".pub")),
                }),
            ["peers"] = new JsonArray([.. peers.Select(p => new JsonObject
            {
                ["id"] = p.Node,
                ["address"] = p.Address.Authority,
                ["server_name"] = "localhost",
                ["public_key"] = SandboxLayout.PublicKeyPem(p.Tls),
                ["audit_key"] = File.ReadAllText(p.AuditKey).Trim(),
            })]),
        }.ToJsonString());

    /// <summary>The second operator's approval of a file's exact bytes, by the script of the documentation.</summary>
    /// <param name="type">What is approved.</param>
    /// <returns>The file with it.</returns>
    public string Approve(SamNodePlace node, string content, string type = "sam-configuration+jws")
    {
        string approval = content + ".approval";
        string script = Path.Combine(Installation.Current.Root, "docs", "sam", "sam-approve.sh");
        string fingerprint = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(node.Infrastructure)));
        File.WriteAllText(approval, Commands.Run("bash", [script, content, SecondOperator, ApprovalKey, fingerprint, type]));
        return approval;
    }
}
