using System.Security.Cryptography;
using System.Text.Json.Nodes;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Server.Tests;

/// <summary>Writes the server's configuration file, as an operator would.</summary>
internal static class WorldConfiguration
{
    public static string Write(World world, string folder)
    {
        string auditKey = Path.Combine(folder, "audit.pem");
        File.WriteAllText(auditKey, world.Sam.Log.Key.ExportSubjectPublicKeyInfoPem());
        string operatorKey = Path.Combine(folder, "operator-key.pem");
        File.WriteAllText(operatorKey, PemEncoding.WriteString("PUBLIC KEY", world.OperatorIdentity.PublicKeyInfo));
        JsonObject sam = Remote(world, world.Sam.Host.Url);
        sam["AuditPublicKey"] = auditKey;
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
                ["Sam"] = sam,
                ["Authorization"] = Remote(world, world.Authorization.Host.Url),
                ["Pki"] = Remote(world, world.Pki.Host.Url),
            },
        }.ToJsonString());
        return file;
    }

    private static JsonObject Remote(World world, Uri url) =>
        new() { ["Url"] = url.ToString(), ["TrustedRoot"] = world.TlsRoot, ["Tls"] = Pair(world.Ssa) };

    private static JsonObject Pair(TlsIdentity identity) => new() { ["Certificate"] = identity.Certificate, ["Key"] = identity.Key };
}
