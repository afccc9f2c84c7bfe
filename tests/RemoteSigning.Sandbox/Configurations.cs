using System.Text.Json;
using System.Text.Json.Nodes;

namespace RemoteSigning.Sandbox;

/// <summary>Writes the configuration of each process, as an operator would.</summary>
internal sealed class Configurations(SandboxLayout layout, IReadOnlyDictionary<string, string> databases, Uri? traces)
{
    public const string Issuer = "as-1";

    /// <summary>For whom devices answer; nobody signs in there.</summary>
    public const string DeviceRpId = "sign.example.com";

    public string Sam(SamNodePlace node, string pinFile) => Write(node.Process, "Sam", new JsonObject
    {
        ["Listen"] = Text(node.Address),
        ["Tls"] = Pair(node.Tls),
        ["DataFolder"] = layout.Make($"{node.Process}/data"),
        ["StaticConfiguration"] = node.StaticConfiguration,
        ["DynamicConfiguration"] = node.DynamicConfiguration,
        ["Hsm"] = Hsm("sam", pinFile),
    });

    public string Authorization(string pinFile, MailCatcher mail) => Write("authorization", "Authorization", new JsonObject
    {
        ["Issuer"] = Issuer,
        ["Listen"] = Text(layout.Authorization),
        ["Tls"] = Pair(layout.AuthorizationServer),
        ["DataFolder"] = layout.Make("authorization/data"),
        ["Database"] = databases["authz"],
        ["Clients"] = new JsonArray(
            Registration("ssa", layout.Ssa, "ssa"),
            Registration("operator", layout.Operator, "operator")),
        ["Devices"] = new JsonObject { ["RpId"] = DeviceRpId, ["Origins"] = new JsonArray($"https://{DeviceRpId}") },
        ["Sams"] = new JsonArray([.. layout.SamNodes.Select(n => new JsonObject { ["Node"] = n.Node, ["AuditPublicKey"] = n.AuditKey })]),
        ["Hsm"] = Hsm("authorization", pinFile),
        ["OneTimeCodes"] = new JsonObject
        {
            ["ServiceName"] = "RemoteSigning Sandbox",
            // For machines that are busy, and for people who try a lot.
            ["DeliverySeconds"] = 25,
            ["PerHour"] = 1000,
            ["PerDay"] = 10_000,
            ["Smtp"] = new JsonObject
            {
                ["Host"] = MailCatcher.Host,
                ["Port"] = mail.Port,
                ["TrustedRoot"] = layout.TlsRoot,
                ["From"] = "codes@example.com",
                ["UserName"] = MailCatcher.UserName,
                ["PasswordFile"] = mail.PasswordFile,
            },
        },
    });

    public string Pki(string pinFile) => Write("pki", "Pki", new JsonObject
    {
        ["Listen"] = Text(layout.Pki),
        ["PublicListen"] = Text(layout.PkiPublic),
        ["PublicUrl"] = Text(layout.PkiPublic),
        ["Tls"] = Pair(layout.PkiServer),
        ["DataFolder"] = layout.Make("pki/data"),
        ["Database"] = databases["pki"],
        ["Organization"] = "RemoteSigning Sandbox",

        // A policy of the arc for documentation. Nobody disciplines the clock of a machine for development.
        ["Timestamping"] = new JsonObject { ["Policy"] = "1.3.6.1.4.1.32473.3.1", ["RequireSynchronizedClock"] = false },
        ["RegistrationAuthorities"] = new JsonArray(Registration("registration-authority", layout.RegistrationAuthority)),
        ["Hsm"] = Hsm("pki", pinFile),
    });

    public string Server() => Write("server", "Server", new JsonObject
    {
        ["Listen"] = Text(layout.Server),
        ["AdministrationListen"] = Text(layout.Administration),
        ["PublicUrl"] = Text(layout.Server),
        ["Tls"] = Pair(layout.ServerServer),
        ["Database"] = databases["server"],
        ["Name"] = "RemoteSigning Sandbox",
        ["Region"] = "DE",
        ["Operators"] = new JsonArray(Registration("operator", layout.Operator)),
        ["Sams"] = new JsonArray([.. layout.SamNodes.Select(n => Remote(n.Address, layout.Ssa, ("Node", n.Node), ("AuditPublicKey", n.AuditKey)))]),
        ["Authorization"] = Remote(layout.Authorization, layout.Ssa),
        ["Pki"] = Remote(layout.Pki, layout.RegistrationAuthority),
    });

    /// <param name="name">Of the agent: the folder that its files lie in.</param>
    public string Agent(string name, SandboxDescription.Signer signer, string cardMode)
    {
        string folder = layout.Make(name);
        string secrets = Path.Combine(folder, "secrets.json");
        OwnerOnly.Write(secrets, new JsonObject
        {
            ["password"] = signer.Password,
            ["pin"] = signer.Pin,
            ["totpSecret"] = signer.TotpSecret,
        }.ToJsonString());
        string file = SandboxLayout.AgentConfiguration(folder);
        OwnerOnly.Write(file, new JsonObject
        {
            ["server"] = Text(layout.Server),
            ["tlsRoot"] = layout.TlsRoot,
            ["email"] = signer.Email,
            ["cardMode"] = cardMode,
            ["tokenLabel"] = "Remote Signing",
            ["secretsFile"] = secrets,
            ["socket"] = layout.AgentSocket(name),
        }.ToJsonString());
        return file;
    }

    private static string Text(Uri address) => address.ToString().TrimEnd('/');

    private static JsonObject Pair(TlsIdentity identity) => new()
    {
        ["Certificate"] = identity.Certificate,
        ["Key"] = identity.Key,
    };

    private static JsonObject Hsm(string label, string pinFile) => new()
    {
        ["Module"] = SoftHsm.Module,
        ["TokenLabel"] = label,
        ["PinFile"] = pinFile,
        ["MaxSessions"] = 8,
    };

    private JsonObject Registration(string id, TlsIdentity identity, string? role = null)
    {
        var registration = new JsonObject { ["Id"] = id, ["PublicKey"] = layout.PublicKeyFile(identity) };
        if (role is not null)
        {
            registration["Role"] = role;
        }

        return registration;
    }

    private JsonObject Remote(Uri url, TlsIdentity client, params (string Name, string Value)[] more)
    {
        var remote = new JsonObject { ["Url"] = Text(url), ["TrustedRoot"] = layout.TlsRoot, ["Tls"] = Pair(client) };
        foreach ((string name, string value) in more)
        {
            remote[name] = value;
        }

        return remote;
    }

    private string Write(string process, string section, JsonObject options)
    {
        string file = Path.Combine(layout.Make(process), $"{process}.json");
        options["Health"] = new JsonObject { ["Listen"] = Text(layout.Health[process]) };
        OwnerOnly.Write(file, new JsonObject
        {
            ["Logging"] = new JsonObject { ["LogLevel"] = new JsonObject { ["Default"] = "Information", ["Microsoft"] = "Warning", ["RemoteSigning.Pki.Ocsp"] = "Debug" } },
            ["Telemetry"] = new JsonObject { ["Otlp"] = new JsonObject { ["Endpoint"] = traces?.ToString() } },
            [section] = options,
        }.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        return file;
    }
}
