namespace RemoteSigning.Interop.Programs;

/// <summary><c>openssl ts</c> before the time-stamping authority, with curl between them.</summary>
internal sealed class OpensslTs : ServerProgram
{
    private const string Address = "http://pki.example.com/tsa";

    private static readonly string[] Digests = ["sha224", "sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512"];
    private static readonly ProgramPage Blocks = ProgramPage.Read("openssl-ts");

    public override string Name => "openssl-ts";

    public override string Page => "openssl-ts";

    public override IReadOnlyList<string> Version => ["openssl", "version"];

    public override IEnumerable<ServerCheck> Checks =>
    [
        .. Digests.Select(digest => new ServerCheck($"-query -{digest}, twice; -verify", "time stamps", (servers, cancel) => StampAsync(servers, digest, cancel))),
        new("-query -no_nonce, without -cert", "time stamps", WithoutNonceAsync),
        new("-verify, other data, other query, other root", "time stamps", OtherwiseAsync),
        new("-query -sha1", "time stamps", WeakAsync),
    ];

    private static async Task<string> StampAsync(Servers servers, string digest, CancellationToken cancel)
    {
        string folder = await PrepareAsync(servers, cancel);
        for (int n = 1; n <= 2; n++)
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "document.txt"), $"document {n}", cancel);
            Blocks.Run("query", servers, folder, ("-sha256", $"-{digest}"));
            Ask(servers, folder);
            Card.Expect(Blocks.Run("verify", servers, folder), "Verification: OK");
            Card.Expect(Blocks.Run("look", servers, folder), "Status: Granted.");
            // A token is a CMS by itself.
            servers.Run("openssl", "ts", "-reply", "-in", Path.Combine(folder, "reply.tsr"), "-token_out", "-out", Path.Combine(folder, "token.der"));
            Card.Expect(
                servers.Run(
                    "openssl", "cms", "-verify", "-inform", "DER", "-in", Path.Combine(folder, "token.der"), "-purpose", "timestampsign",
                    "-CAfile", Path.Combine(folder, "root.pem"), "-out", Path.Combine(folder, "content.der")),
                "CMS Verification successful");
        }

        return "openssl ts -verify (with the nonce), openssl cms -verify";
    }

    private static async Task<string> WithoutNonceAsync(Servers servers, CancellationToken cancel)
    {
        string folder = await PrepareAsync(servers, cancel);
        Blocks.Run("query", servers, folder, (" -cert", " -no_nonce"));
        Ask(servers, folder);
        Blocks.Refuses("signer certificate not found", "verify", servers, folder);

        // With the certificates of another token it is as good.
        File.Move(Path.Combine(folder, "query.tsq"), Path.Combine(folder, "bare.tsq"));
        File.Move(Path.Combine(folder, "reply.tsr"), Path.Combine(folder, "bare.tsr"));
        Blocks.Run("query", servers, folder);
        Ask(servers, folder);
        Blocks.Run("certificates", servers, folder);
        Card.Expect(
            Blocks.Run("verify", servers, folder, ("query.tsq", "bare.tsq"), ("reply.tsr", "bare.tsr"), ("root.pem", "root.pem -untrusted tsa.pem")),
            "Verification: OK");
        return "openssl ts -verify, with the certificates of another token";
    }

    private static async Task<string> OtherwiseAsync(Servers servers, CancellationToken cancel)
    {
        string folder = await PrepareAsync(servers, cancel);
        Blocks.Run("query", servers, folder);
        Ask(servers, folder);
        Blocks.Refuses("message imprint mismatch", "verify", servers, folder, ("-queryfile query.tsq", "-data root.pem"));
        Blocks.Refuses("certificate verify error", "verify", servers, folder, ("-CAfile root.pem", $"-CAfile '{servers.Sandbox.TlsRoot}'"));
        Blocks.Run("query", servers, folder);
        Blocks.Refuses("nonce mismatch", "verify", servers, folder);
        return "refused: message imprint mismatch, unknown root, nonce mismatch";
    }

    private static async Task<string> WeakAsync(Servers servers, CancellationToken cancel)
    {
        string folder = await PrepareAsync(servers, cancel);
        Blocks.Run("query", servers, folder, ("-sha256", "-sha1"));
        Ask(servers, folder);
        string reply = Blocks.Run("look", servers, folder);
        Card.Expect(reply, "Status: Rejected.");
        Card.Expect(reply, "unrecognized or unsupported algorithm identifier");
        return "refused with badAlg";
    }

    private static void Ask(Servers servers, string folder) => Blocks.Run("ask", servers, folder, (Address, servers.Sandbox.Timestamp));

    private static async Task<string> PrepareAsync(Servers servers, CancellationToken cancel)
    {
        string folder = await servers.NewFolderAsync(cancel);
        await File.WriteAllTextAsync(Path.Combine(folder, "document.txt"), "document", cancel);
        return folder;
    }
}
