using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>The JSON Schemas of docs/schemas against the program that reads the files; the validator is python3-jsonschema.</summary>
public sealed class ConfigurationSchemaTests
{
    private const string Validate =
        """
        import json, sys, jsonschema
        schema = json.load(open(sys.argv[1]))
        jsonschema.Draft202012Validator.check_schema(schema)
        verdicts = []
        for text in json.load(sys.stdin):
            try:
                verdicts.append(jsonschema.Draft202012Validator(schema).is_valid(json.loads(text)))
            except ValueError:
                verdicts.append(False)
        print(json.dumps(verdicts))
        """;

    private static readonly string Key1 = TestConfiguration.NewKey(ECCurve.NamedCurves.nistP256);
    private static readonly string Key2 = TestConfiguration.NewKey(ECCurve.NamedCurves.nistP256);
    private static readonly string Key3 = TestConfiguration.NewKey(ECCurve.NamedCurves.nistP256);

    [TestCase(typeof(StaticConfiguration), "static_config")]
    [TestCase(typeof(DynamicConfiguration), "dynamic_config")]
    public void Schema_Members_AreThoseOfTheReader(Type read, string schema)
    {
        JsonNode root = JsonNode.Parse(File.ReadAllText(SchemaFile(schema)))!;

        CheckMembers(read, root, schema);
    }

    [Test]
    public void Static_GoodAndBad_SchemaAndReaderAgree() => Agree("static_config", Static(), text =>
        NodeConfiguration.Read(Bytes(text), Bytes(Dynamic().ToJsonString())),
        Change(_ => { }),
        Change(n => n["dual_control"] = true),
        Change(n => n["allow_sha1"] = true),
        Change(n => n["allow_sha1"] = "true"),
        Change(n => n["require_skad"] = true),
        Change(n => n["peers"] = null),
        Change(n => n["peers"] = new JsonArray()),
        Change(n => n["peers"] = new JsonArray(new JsonObject { ["id"] = "sam-2" })),
        Change(n => n["peers"] = new JsonArray(Peer(null))),
        Change(n => n["peers"] = new JsonArray(Peer(AuditKey))),
        Change(n => n["peers"] = new JsonArray(Peer("none"))),
        Change(n => n["version"] = 2),
        Change(n => n.Remove("version")),
        Change(n => n["node"] = ""),
        Change(n => n["node"] = "-x"),
        Change(n => n["node"] = new string('a', 65)),
        Change(n => n["minimum_acr"] = "certain"),
        Change(n => n["dual_controll"] = true),
        Change(n => n["operators"] = null),
        Change(n => n["operators"]![0]!.AsObject().Remove("public_key")),
        Change(n => n["operators"]![0]!["more"] = 1),
        Change(n => n["operators"]![0]!["public_key"] = "none"),
        Change(n =>
        {
            n["dual_control"] = true;
            n["operators"]![1]!.AsObject().Remove("approval_key");
        }),
        Change(n =>
        {
            n["dual_control"] = true;
            n["operators"]!.AsArray().RemoveAt(0);
        }));

    [Test]
    public void Dynamic_GoodAndBad_SchemaAndReaderAgree() => Agree("dynamic_config", Dynamic(), text =>
        NodeConfiguration.Read(Bytes(Static().ToJsonString()), Bytes(text)),
        Change(_ => { }),
        Change(n => n["signing_service_privileged_users"] = new JsonArray()),
        Change(n => n["version"] = 0),
        Change(n => n["version"] = -1),
        Change(n => n["version"] = 1.5),
        Change(n => n["version"] = "1"),
        Change(n => n["version"] = 2147483648),
        Change(n => n.Remove("authorization_servers")),
        Change(n => n["authorization_servers"] = null),
        Change(n => n["authorization_servers"]!.AsArray().Add(null)),
        Change(n => n["authorization_servers"]![0]!["id"] = "a b"),
        Change(n => n["authorization_servers"]![0]!["public_key"] = 7),
        Change(n => n["authorization_servers"]![0]!["more"] = 7),
        Change(n => n["signing_service_privileged_users"]![0]!.AsObject().Remove("allowed_authorization_servers")),
        Change(n => n["signing_service_privileged_users"]![0]!["allowed_authorization_servers"] = new JsonArray("as-1", "as-1")),
        Change(n => n["signing_service_privileged_users"]![0]!["allowed_authorization_servers"] = new JsonArray(1)));

    private static void CheckMembers(Type read, JsonNode schema, string path)
    {
        Dictionary<string, PropertyInfo> members = read.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .ToDictionary(p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name));
        JsonObject properties = schema["properties"]!.AsObject();
        Assert.That(properties.Select(p => p.Key), Is.EquivalentTo(members.Keys), path);
        Assert.That(
            schema["required"]!.AsArray().Select(r => r!.GetValue<string>()),
            Is.EquivalentTo(members.Where(m => m.Value.GetCustomAttributes().Any(a => a.GetType().Name == "JsonRequiredAttribute")).Select(m => m.Key)),
            path);
        foreach ((string name, PropertyInfo member) in members.Where(m => m.Value.PropertyType.IsGenericType && m.Value.PropertyType.GetGenericArguments()[0].IsClass))
        {
            Type item = member.PropertyType.GetGenericArguments()[0];
            if (item != typeof(string))
            {
                JsonNode array = properties[name]!["anyOf"]?[1] ?? properties[name]!;
                CheckMembers(item, array["items"]!, $"{path}.{name}");
            }
        }
    }

    private static void Agree(string schema, JsonObject good, Action<string> read, params Action<JsonObject>[] changes)
    {
        string[] texts = [.. changes.Select(change =>
        {
            JsonObject changed = good.DeepClone().AsObject();
            change(changed);
            return changed.ToJsonString();
        })];
        string input = Path.Combine(Directory.CreateTempSubdirectory("schemas-").FullName, "texts");
        File.WriteAllText(input, JsonSerializer.Serialize(texts));
        string verdicts = Sandbox.Commands.Run(
            "bash", ["-c", "python3 -c \"$1\" \"$2\" < \"$3\"", "-", Validate, SchemaFile(schema), input]);
        bool[] valid = JsonSerializer.Deserialize<bool[]>(verdicts)!;
        Assert.Multiple(() =>
        {
            for (int i = 0; i < texts.Length; i++)
            {
                Assert.That(IsRead(read, texts[i]), Is.EqualTo(valid[i]), texts[i]);
            }

            Assert.That(valid[0], Is.True);
            Assert.That(valid, Has.Some.False);
        });
    }

    private static bool IsRead(Action<string> read, string text)
    {
        try
        {
            read(text);
            return true;
        }
        catch (ConfigurationException)
        {
            return false;
        }
    }

    private static JsonObject Static() => new()
    {
        ["version"] = 1,
        ["node"] = "sam-1",
        ["minimum_acr"] = "low",
        ["operators"] = new JsonArray(
            new JsonObject { ["id"] = "operator", ["public_key"] = Key1 },
            new JsonObject { ["id"] = "operator-2", ["public_key"] = Key2, ["approval_key"] = Key3 }),
    };

    private static readonly string PeerKey = TestConfiguration.NewKey(ECCurve.NamedCurves.nistP256);
    private static readonly string AuditKey = TestConfiguration.NewKey(ECCurve.NamedCurves.nistP256);

    private static JsonObject Peer(string? auditKey) => new()
    {
        ["id"] = "sam-2",
        ["address"] = "192.0.2.1:8443",
        ["server_name"] = "sam-2.example",
        ["public_key"] = PeerKey,
        ["audit_key"] = auditKey,
    };

    private static readonly string AsKey = TestConfiguration.NewKey(ECCurve.NamedCurves.nistP256);
    private static readonly string SsaKey = TestConfiguration.NewKey(ECCurve.NamedCurves.nistP256);

    private static JsonObject Dynamic() => new()
    {
        ["version"] = 1,
        ["authorization_servers"] = new JsonArray(new JsonObject { ["id"] = "as-1", ["public_key"] = AsKey }),
        ["signing_service_privileged_users"] = new JsonArray(new JsonObject
        {
            ["id"] = "ssa",
            ["public_key"] = SsaKey,
            ["allowed_authorization_servers"] = new JsonArray("as-1"),
        }),
    };

    private static Action<JsonObject> Change(Action<JsonObject> change) => change;

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private static string SchemaFile(string name) => Path.Combine(Installation.Current.Root, "docs", "schemas", name + ".schema.json");
}
