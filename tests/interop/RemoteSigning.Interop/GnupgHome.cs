using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Interop;

/// <summary>A GNUPGHOME of a check, set up as <c>docs/programs/gpgsm.md</c> says, with its daemons. Disposing ends them.</summary>
internal sealed class GnupgHome : IDisposable
{
    private static readonly ProgramPage Page = ProgramPage.Read("gpgsm");

    private readonly Card _card;

    private GnupgHome(Card card)
    {
        _card = card;
        Folder = card.NewFolder();
    }

    public string Folder { get; }

    public static GnupgHome Create(Card card)
    {
        var home = new GnupgHome(card);
        card.Run("chmod", ["700", home.Folder]);
        string pinentry = Path.Combine(home.Folder, "pinentry");
        File.WriteAllText(
            pinentry,
            $"""
            #!/bin/sh
            echo OK
            while read -r command rest; do
                [ "$command" != GETPIN ] || echo 'D {card.Pin}'
                echo OK
                [ "$command" != BYE ] || exit
            done

            """);
        card.Run("chmod", ["700", pinentry]);
        File.Copy(card.RootCertificate, Path.Combine(home.Folder, "root.pem"));
        foreach (string name in (string[])["gnupg-pkcs11-scd.conf", "gpg-agent.conf", "gpgsm.conf"])
        {
            // In mode protected nothing may ask for the PIN but the card itself.
            string more = name != "gpg-agent.conf" ? "" : $"pinentry-program {(card.Mode == CardMode.Pin ? pinentry : "/bin/false")}\n";
            File.WriteAllText(Path.Combine(home.Folder, name), Page.Text(name, card) + more);
        }

        home.Run("trust");
        return home;
    }

    /// <summary>Runs a block of the page.</summary>
    public string Run(string block, CardKey? key = null) => Page.Run(block, _card, Folder, Environment(key));

    /// <summary>Runs another program with this GNUPGHOME.</summary>
    public string Run(string program, params string[] arguments) => _card.Run(program, arguments, Environment(null));

    /// <summary>The process that has loaded the module; it is a child of gpg-agent.</summary>
    public string ModuleProcess()
    {
        string answer = Run("gpg-connect-agent", "GETINFO pid", "/bye");
        string agent = answer.Split('\n').Single(line => line.StartsWith("D ", StringComparison.Ordinal))[2..];
        return Run("pgrep", "-P", int.Parse(agent, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture), "gnupg-pkcs11");
    }

    public void Dispose()
    {
        Run("gpgconf", "--kill", "all");
        _ = Commands.Try("gpgconf", ["--remove-socketdir"], Environment(null));
    }

    private Dictionary<string, string> Environment(CardKey? key)
    {
        var environment = new Dictionary<string, string> { ["GNUPGHOME"] = Folder };
        if (key is not null)
        {
            using X509Certificate2 certificate = X509CertificateLoader.LoadCertificateFromFile(key.Certificate);
            environment["KEY"] = certificate.GetCertHashString(HashAlgorithmName.SHA1);
        }

        return environment;
    }
}
