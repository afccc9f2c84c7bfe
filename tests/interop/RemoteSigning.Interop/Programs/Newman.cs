using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop.Programs;

/// <summary>newman, the runner of Postman's collections, with that of docs/postman; and a validator of the OpenAPI documents.</summary>
internal sealed class Newman : ServerProgram
{
    private static readonly ProgramPage Blocks = ProgramPage.Read("newman");

    private static readonly string[] Documents =
        ["csc/v0/openapi.json", "csc/v1/openapi.json", "csc/v2/openapi.json", "card/v1/openapi.json", "enrollment/v1/openapi.json"];

    private static readonly Lazy<string> Packages = new(Install);

    public override string Name => "newman";

    public override string Page => "newman";

    public override IReadOnlyList<string> Version =>
        ["node", "-p", "'newman 6.2.2, @seriousme/openapi-schema-validator 2.11.0, Node.js ' + process.version"];

    public override IEnumerable<ServerCheck> Checks =>
    [
        new("run, the collection of docs/postman", "CSC v2, v1", RunAsync),
        new("@seriousme/openapi-schema-validator", "OpenAPI documents", ValidateAsync),
    ];

    private static async Task<string> RunAsync(Servers servers, CancellationToken cancel)
    {
        string folder = await servers.NewFolderAsync(cancel);
        string root = Installation.Current.Root;
        string sandbox = Path.Combine(Installation.Current.Artifacts, "interop", "sandbox", "sandbox.json");
        string environment = Path.Combine(root, "docs", "postman", "csc.postman_environment.json");
        string collection = Path.Combine(root, "docs", "postman", "csc.postman_collection.json");
        Blocks.Run("setup", servers, folder, ("artifacts/sandbox/sandbox.json", sandbox), ("docs/postman/csc.postman_environment.json", environment));
        Blocks.Run(
            "run",
            servers,
            folder,
            ("newman run", $"umask 077; '{Packages.Value}/node_modules/.bin/newman' run"),
            ("docs/postman/csc.postman_collection.json", collection),
            ("root.pem", servers.Sandbox.TlsRoot));
        string verdict = Blocks.Run("verify", servers, folder);
        return verdict.Split("Verified OK").Length == 4
            ? "the collection's tests, openssl dgst"
            : throw new InteropException($"Three signatures were to be good: {verdict.Trim()}");
    }

    /// <summary>Fetches the documents, each from its listener, and has them validated; a broken one has to be refused.</summary>
    private static async Task<string> ValidateAsync(Servers servers, CancellationToken cancel)
    {
        string folder = await servers.NewFolderAsync(cancel);
        string script = Path.Combine(Packages.Value, "validate.js");
        SandboxDescription.PemPair identity = servers.Sandbox.SamClients.Operator;
        using HttpClient http = OperatorClient.CreateHttp(servers.Sandbox.TlsRoot, identity);
        foreach (string path in Documents)
        {
            string origin = path.StartsWith("enrollment", StringComparison.Ordinal) ? servers.Sandbox.Administration : servers.Sandbox.Server;
            string file = Path.Combine(folder, path.Replace('/', '-'));
            string document = await http.GetStringAsync(new Uri($"{origin}/{path}"), cancel);
            await File.WriteAllTextAsync(file, document, cancel);
            Card.Expect(servers.Run("node", script, file), "OpenAPI 3.1");

            await File.WriteAllTextAsync(file, document.Replace("\"responses\"", "\"answers\"", StringComparison.Ordinal), cancel);
            if (servers.Try("node", [script, file]).ExitCode == 0)
            {
                throw new InteropException($"{path} without answers was taken for valid.");
            }
        }

        return "itself";
    }

    /// <summary>Installs the versions of the lock file beside a copy of the script.</summary>
    private static string Install()
    {
        string folder = Directory.CreateDirectory(Path.Combine(Installation.Current.Artifacts, "interop", "newman")).FullName;
        foreach (string file in Directory.GetFiles(Path.Combine(Installation.Current.Root, "tests", "interop", "newman")))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)), overwrite: true);
        }

        Commands.Run("npm", ["ci", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts"]);
        return folder;
    }
}
