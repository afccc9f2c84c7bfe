using System.Security.Cryptography;
using System.Text.Json.Nodes;
using RemoteSigning.Sandbox;
using RemoteSigning.Server.Tests.Fakes;

namespace RemoteSigning.Server.Tests;

/// <summary>Writes the server's configuration file, as an operator would.</summary>
internal static class WorldConfiguration
{
    public static string Write(World world, string folder)
    {
        string operatorKey = Path.Combine(folder, "operator-key.pem");
        File.WriteAllText(operatorKey, PemEncoding.WriteString("PUBLIC KEY", world.OperatorIdentity.PublicKeyInfo));
        string file = Path.Combine(folder, "server.json");
        OwnerOnly.Write(file, new JsonObject
        {
            ["Logging"] = new JsonObject { ["LogLevel"] = new JsonObject { ["Default"] = "Warning" } },
            ["Server"] = new JsonObject
            {
                ["Listen"] = world.Public.ToString(),
                ["AdministrationListen"] = world.Administration.ToString(),
                ["PublicUrl"] = world.Public.ToString(),
                ["Tls"] = Pair(world.Server),
                ["Database"] = world.Database,
                ["Name"] = "Test server",
                ["Region"] = "DE",
                ["Operators"] = new JsonArray(new JsonObject { ["Id"] = "operator", ["PublicKey"] = operatorKey }),
                ["Sams"] = new JsonArray([.. world.Sams.Select(s => Sam(world, s, folder))]),
                ["Authorization"] = Remote(world, world.Authorization.Host.Url),
                ["Pki"] = Remote(world, world.Pki.Host.Url),
                ["Notifications"] = new JsonObject { ["TrustedRoot"] = world.TlsRoot, ["WaitingApprovals"] = true },
                ["Health"] = new JsonObject { ["Listen"] = world.Health.ToString() },
            },
        }.ToJsonString());
        return file;
    }

    private static JsonObject Sam(World world, FakeSam sam, string folder)
    {
        string auditKey = Path.Combine(folder, $"{sam.Node}-audit.pem");
        File.WriteAllText(auditKey, sam.Log.Key.ExportSubjectPublicKeyInfoPem());
        JsonObject node = Remote(world, sam.Host.Url);
        node["Node"] = sam.Node;
        node["AuditPublicKey"] = auditKey;
        return node;
    }

    private static JsonObject Remote(World world, Uri url) =>
        new() { ["Url"] = url.ToString(), ["TrustedRoot"] = world.TlsRoot, ["Tls"] = Pair(world.Ssa) };

    private static JsonObject Pair(TlsIdentity identity) => new() { ["Certificate"] = identity.Certificate, ["Key"] = identity.Key };
}
