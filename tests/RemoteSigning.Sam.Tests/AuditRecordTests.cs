using System.Buffers.Text;
using System.Net;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>What the record of each function says, so that an auditor can tell from the log alone what was done.</summary>
public sealed class AuditRecordTests
{
    private const string Validate =
        """
        import json, sys, jsonschema
        validator = jsonschema.Draft202012Validator(json.load(open(sys.argv[1])))
        for line in sys.stdin:
            for error in validator.iter_errors(json.loads(line)):
                print(error.message, line)
        """;

    private static readonly string SchemaFile = Path.Combine(Installation.Current.Root, "docs", "schemas", "audit_record.schema.json");

    private TestNode _node = null!; // Set before any test runs.

    [OneTimeSetUp]
    public async Task Start() => _node = await TestNode.StartNewAsync();

    [OneTimeTearDown]
    public async Task Stop() => await _node.DisposeAsync();

    [Test]
    public async Task Generate_Record_NamesTheAlgorithm()
    {
        KeyPair pair = (await _node.Client.GenerateAsync(TestKey.Rsa2048)).KeyPair;

        AuditRecord record = _node.Records()[^1];
        Assert.That((record.Event, record.KeyId, record.Algorithm), Is.EqualTo(("generate_key_pair", pair.KeyId, "RSA-2048")));
    }

    [Test]
    public async Task Assign_Record_NamesPurposePolicyAlgorithmAndTheSubjectByItsDigest()
    {
        KeyPair pair = (await _node.Client.GenerateAsync(TestKey.P256)).KeyPair;

        await _node.Client.AssignAsync(pair, TestKey.Signer, purpose: KeyPurposes.Authentication);

        AuditRecord record = _node.Records()[^1];
        string subject = Base64Url.EncodeToString(SHA256.HashData(new X500DistinguishedName(TestKey.Subject).RawData));
        Assert.That(
            (record.Event, record.Signer, record.Algorithm, record.SubjectDigest, record.Purpose, record.Policy),
            Is.EqualTo(("assign_key_pair", TestKey.Signer, "ECDSA-P-256", subject, "authentication", "delegated")));
        Assert.That(File.ReadAllText(_node.LogFile), Does.Not.Contain("A Signer"), "a person's name stands nowhere");
    }

    [Test]
    public async Task Assign_Refused_RecordSaysWhatWasAskedFor()
    {
        KeyPair assigned = await TestKey.AssignedAsync(_node, TestKey.P256);

        (await _node.Client.AssignAsync(assigned, "signer-2", "CN=Another")).MustBe(HttpStatusCode.Conflict, "key_assigned");

        AuditRecord record = _node.Records()[^1];
        string subject = Base64Url.EncodeToString(SHA256.HashData(new X500DistinguishedName("CN=Another").RawData));
        Assert.That((record.Signer, record.SubjectDigest, record.Purpose), Is.EqualTo(("signer-2", subject, "signature")));
    }

    [Test]
    public async Task ChangeStatus_Record_SaysEnabledOrDisabledAndNamesTheCertificate()
    {
        KeyPair assigned = await TestKey.AssignedAsync(_node, TestKey.P256);
        byte[] certificate = TestKey.Certificate(assigned);
        string digest = Convert.ToHexStringLower(SHA256.HashData(certificate));

        KeyPair enabled = (await _node.Client.ChangeStatusAsync(assigned, TestKey.Signer, true, true, certificate)).KeyPair;
        AuditRecord certified = _node.Records()[^1];
        await _node.Client.ChangeStatusAsync(enabled, TestKey.Signer, true, false);
        AuditRecord disabled = _node.Records()[^1];

        Assert.That((certified.Event, certified.Enabled, certified.CertificateDigest), Is.EqualTo(("change_status", (bool?)true, digest)));
        Assert.That((disabled.Event, disabled.Enabled, disabled.CertificateDigest), Is.EqualTo(("change_status", (bool?)false, digest)));
    }

    [Test]
    public async Task ChangeStatus_CertificateThatDoesNotFit_RecordNamesItAllTheSame()
    {
        KeyPair assigned = await TestKey.AssignedAsync(_node, TestKey.P256);
        byte[] certificate = TestKey.Certificate(assigned, "CN=Somebody Else");

        (await _node.Client.ChangeStatusAsync(assigned, TestKey.Signer, true, true, certificate)).MustBe(HttpStatusCode.BadRequest, "malformed");

        AuditRecord record = _node.Records()[^1];
        Assert.That(
            (record.Outcome, record.Enabled, record.CertificateDigest),
            Is.EqualTo(("malformed", (bool?)true, Convert.ToHexStringLower(SHA256.HashData(certificate)))));
    }

    [Test]
    public async Task Logs_OfAWholeCourse_EachRecordFitsTheSchema()
    {
        KeyPair key = await TestKey.EnabledAsync(_node, TestKey.P256);
        var request = new SignaturesRequest(
            [new SignatureRequest(RandomNumberGenerator.GetBytes(32), Oids.EcdsaWithSha256)], key, new Signer(TestKey.Signer));
        string sad = (await TestSad.ForAsync(_node, request)).Sign(_node.As1);
        await _node.Client.SignAsync(request, sad);
        (await _node.Client.SignAsync(request, sad)).MustBe(HttpStatusCode.Forbidden, "sad_used");
        using SamClient @operator = _node.Connect(_node.Operator);
        await @operator.PutAsync(TestConfiguration.Of(_node, 100));
        await @operator.DeleteAsync(key, TestKey.Signer);
        await _node.RestartAsync();

        string[] records =
        [
            .. File.ReadLines(_node.LogFile).Concat(File.ReadLines(_node.AdministrationLogFile)).Where(l => l.StartsWith("{\"v\":", StringComparison.Ordinal)),
        ];

        Assert.That(Errors(records), Is.Empty);
        Assert.That(records.Select(r => JsonNode.Parse(r)!["event"]!.GetValue<string>()), Is.SupersetOf((string[])["sign", "assign_key_pair", "delete_key_pair", "start", "stop"]));
    }

    [TestCase("{\"v\":1,\"index\":0,\"node\":\"n\",\"epoch\":\"00000000000000000000000000000000\",\"time\":\"2030-01-01T00:00:00.000Z\",\"event\":\"change_status\",\"outcome\":\"success\"}", "enabled")]
    [TestCase("{\"v\":1,\"index\":0,\"node\":\"n\",\"epoch\":\"00000000000000000000000000000000\",\"time\":\"2030-01-01T00:00:00.000Z\",\"event\":\"dance\",\"outcome\":\"success\"}", "dance")]
    public void Schema_RecordThatLacksSomething_SaysSo(string record, string what) => Assert.That(Errors([record]), Does.Contain(what));

    [Test]
    public void Schema_MembersAndEvents_AreThoseOfTheProgram()
    {
        JsonNode schema = JsonNode.Parse(File.ReadAllText(SchemaFile))!;
        PropertyInfo[] members = typeof(AuditRecord).GetProperties(BindingFlags.Public | BindingFlags.Instance);

        Assert.That(schema["properties"]!.AsObject().Select(p => p.Key), Is.EquivalentTo(members.Select(Name)));
        Assert.That(
            schema["required"]!.AsArray().Select(r => r!.GetValue<string>()),
            Is.EquivalentTo(members.Where(m => m.IsDefined(typeof(RequiredMemberAttribute))).Select(Name)));
        Assert.That(
            schema["$defs"]!["event"]!["enum"]!.AsArray().Select(e => e!.GetValue<string>()),
            Is.EquivalentTo(typeof(AuditEvents).GetFields().Select(f => f.GetRawConstantValue())));

        static string Name(PropertyInfo member) => JsonNamingPolicy.SnakeCaseLower.ConvertName(member.Name);
    }

    private static string Errors(string[] records)
    {
        string input = Path.Combine(Directory.CreateTempSubdirectory("schemas-").FullName, "records");
        File.WriteAllLines(input, records);
        return Sandbox.Commands.Run("bash", ["-c", "python3 -c \"$1\" \"$2\" < \"$3\"", "-", Validate, SchemaFile, input]);
    }
}
