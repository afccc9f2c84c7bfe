using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop.Programs;

/// <summary>p11-kit: its list of modules, the proxy for all of them, and its way to a module in another process.</summary>
internal sealed class P11Kit : CardProgram
{
    private const string Proxy = "/usr/lib/x86_64-linux-gnu/p11-kit-proxy.so";

    private static readonly string[] Keys = ["RSA-2048", "P-256"];
    private static readonly string[] MoreKeys = ["RSA-4096", "P-384"];
    private static readonly ProgramPage Blocks = ProgramPage.Read("p11-kit");

    public override string Name => "p11-kit";

    public override string Page => "p11-kit";

    public override IReadOnlyList<string> Version => ["dpkg-query", "-W", "-f=p11-kit ${Version}", "p11-kit"];

    public override IEnumerable<Check> Checks =>
    [
        new("virtual-card register, list-modules", "RSA-2048", CardMode.Pin, RegisterAsync),
        new("the package's module file, list-modules", "RSA-2048", CardMode.Pin, ListPackagedAsync),
        .. Enum.GetValues<CardMode>().SelectMany(mode => (Check[])
        [
            .. ForKeys("p11tool without --provider", mode, Keys, TestSignAsync),
            .. ForKeys("p11-kit-proxy.so, pkcs11-tool", mode, Keys, SignThroughProxyAsync),
            .. ForKeys("p11-kit-proxy.so, PyKCS11", mode, Keys, (card, key, cancel) => ScriptAsync(card, key, remote: false, cancel)),
            .. ForKeys("p11-kit remote, PyKCS11", mode, Keys, (card, key, cancel) => ScriptAsync(card, key, remote: true, cancel)),
        ]),
        new("p11-kit remote, ECDSA-SHA256", "P-256", CardMode.Pin, ListThroughRemoteAsync),
        .. ForKeys("p11-kit-proxy.so, pkcs11-tool", CardMode.Pin, MoreKeys, SignThroughProxyAsync),
    ];

    /// <summary>p11-kit reads no user's files as root: then, an ordinary user of a namespace of its own.</summary>
    private static string[] AsUser { get; } = Environment.IsPrivilegedProcess
        ? ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--"]
        : ["env"];

    private static string RunAsUser(Card card, string folder, params string[] command) =>
        card.Run(AsUser[0], [.. AsUser[1..], .. command], InFolder(card, folder));

    /// <summary>The configuration of a user who has no other.</summary>
    private static Dictionary<string, string> InFolder(Card card, string folder)
    {
        var environment = new Dictionary<string, string>(P11tool.Pin(card))
        {
            ["XDG_CONFIG_HOME"] = folder,
            ["PATH"] = Path.Combine(folder, "bin") + ":" + Environment.GetEnvironmentVariable("PATH"),
        };
        return environment;
    }

    /// <summary>Does what the page says, with a <c>virtual-card</c> on the path as an installation has it.</summary>
    private static string Register(Card card)
    {
        string folder = card.NewFolder();
        string program = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "bin")).FullName, "virtual-card");
        File.WriteAllText(program, $"#!/bin/sh\nexec dotnet '{Installation.Current.Assembly("client", "RemoteSigning.Agent", "virtual-card")}' \"$@\"\n");
        card.Run("chmod", ["+x", program]);
        Card.Expect(Blocks.Run("register", card, folder, InFolder(card, folder)), $"Wrote {ModuleFile(folder)}");
        return folder;
    }

    private static string ModuleFile(string folder) => Path.Combine(folder, "pkcs11", "modules", "remote-signing.module");

    private static Task<Finding> RegisterAsync(Card card, CardKey key, CancellationToken cancel)
    {
        string folder = Register(card);
        string list = RunAsUser(card, folder, "sh", "-c", Blocks.Text("list", card));
        Card.Expect(list, $"remote-signing: {card.Module}\n");
        Card.Expect(list, "token: Remote Signing\n");
        Card.Expect(RunAsUser(card, folder, "sh", "-c", Blocks.Text("proxy", card)), $"label:      {key.Label}\n");
        Card.Expect(card.Run("sh", ["-c", "virtual-card register --remove"], InFolder(card, folder)), $"Removed {ModuleFile(folder)}");
        return RunAsUser(card, folder, "p11-kit", "list-modules").Contains("remote-signing", StringComparison.Ordinal)
            ? throw new InteropException("The module is still there after register --remove.")
            : Task.FromResult(new Finding("–", "–", "p11-kit lists the card, and no longer after --remove"));
    }

    /// <summary>As if it were installed: in a mount namespace, with folders of the system that hold nothing else.</summary>
    private static Task<Finding> ListPackagedAsync(Card card, CardKey key, CancellationToken cancel)
    {
        string script = string.Join(
            " && ",
            "mount -t tmpfs none /usr/lib/x86_64-linux-gnu/pkcs11",
            $"ln -s '{card.Module}' /usr/lib/x86_64-linux-gnu/pkcs11/",
            "mount -t tmpfs none /usr/share/p11-kit/modules",
            $"cp '{Path.Combine(Installation.Current.Root, "installer", "linux", "remote-signing.module")}' /usr/share/p11-kit/modules/",
            "p11-kit list-modules");
        string list = card.Run("unshare", ["--map-root-user", "--mount", "sh", "-c", script]);
        Card.Expect(list, "remote-signing: libremotesigning-pkcs11.so\n");
        Card.Expect(list, "token: Remote Signing\n");
        return Task.FromResult(new Finding("–", "–", "p11-kit lists the card"));
    }

    private static Task<Finding> TestSignAsync(Card card, CardKey key, CancellationToken cancel)
    {
        string folder = Register(card);
        return OneSignatureARunAsync(
            card,
            "p11tool itself",
            _ =>
            {
                string output = RunAsUser(card, folder, ["p11tool", .. P11tool.Login(card), "--test-sign", $"pkcs11:token=Remote%20Signing;object={key.Label};type=private"]);
                Card.Expect(output, "Verifying against public key in the token... ok");
                return Task.CompletedTask;
            },
            cancel);
    }

    private static Task<Finding> SignThroughProxyAsync(Card card, CardKey key, CancellationToken cancel)
    {
        string folder = Register(card);
        string mechanism = key.IsRsa ? "SHA256-RSA-PKCS" : "ECDSA-SHA256";
        var texts = new SignedTexts(card, key, folder, mechanism, 50);
        string[] login = card.Mode switch
        {
            CardMode.Pin => ["--login", "--pin", card.Pin],
            CardMode.Protected => ["--login"],
            _ => [],
        };
        return OneSignatureARunAsync(
            card,
            "openssl dgst",
            n =>
            {
                RunAsUser(
                    card,
                    folder,
                    ["pkcs11-tool", "--module", Proxy, "--token-label", "Remote Signing", .. login, "--sign", "-m", mechanism, "--id", key.Id, "-i", texts.Make(n), "-o", texts.Signature(n)]);
                texts.Verify(n);
                return Task.CompletedTask;
            },
            cancel);
    }

    /// <summary>A living program under the proxy, whose module is in the same process or in another.</summary>
    private static Task<Finding> ScriptAsync(Card card, CardKey key, bool remote, CancellationToken cancel)
    {
        string folder = Register(card);
        if (remote)
        {
            UseRemote(card, folder);
        }

        string ecdsa = remote ? "ECDSA" : "ECDSA-SHA256";
        string script = Path.Combine(Installation.Current.Root, "tests", "interop", "sign_on_request.py");
        var program = new SigningScript((_, _, pin) => Dialogue.Start(
            card, folder, AsUser[0], [.. AsUser[1..], "/usr/bin/python3", script, Proxy, pin], InFolder(card, folder)));
        return program.RunAsync(card, key, "sign", key.IsRsa ? "SHA256-RSA-PKCS" : ecdsa, cancel);
    }

    private static void UseRemote(Card card, string folder) => File.WriteAllText(ModuleFile(folder), Blocks.Text("remote.module", card));

    /// <summary>p11-kit's protocol knows mechanisms by name, and hides the others. The same module in the same process has them.</summary>
    private static Task<Finding> ListThroughRemoteAsync(Card card, CardKey key, CancellationToken cancel)
    {
        string folder = Register(card);
        string[] list = ["pkcs11-tool", "--module", Proxy, "--token-label", "Remote Signing", "-M"];
        Card.Expect(RunAsUser(card, folder, list), "ECDSA-SHA256, keySize");
        UseRemote(card, folder);
        string remote = RunAsUser(card, folder, list);
        Card.Expect(remote, "  ECDSA, keySize");
        return remote.Contains("ECDSA-SHA256", StringComparison.Ordinal)
            ? throw new InteropException("p11-kit remote passes on ECDSA-SHA256: what its page says is wrong.")
            : Task.FromResult(Finding.NotPossible("its protocol hides the mechanism, which the proxy alone shows; ECDSA over a digest works"));
    }
}
