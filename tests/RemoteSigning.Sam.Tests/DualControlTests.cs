using System.Net;
using System.Text;
using NUnit.Framework;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Configuration;

namespace RemoteSigning.Sam.Tests;

/// <summary>What a second operator must approve, and what is no approval.</summary>
public sealed class DualControlTests
{
    private readonly DualControl _second = new();
    private TestNode _node = null!; // Set before any test runs.
    private SamClient _operator = null!; // Set before any test runs.
    private string _infrastructure = "";

    [SetUp]
    public async Task Start()
    {
        _node = TestNode.New(new TestSetup { EditStatic = _second.TurnOn });
        _infrastructure = Convert.ToHexStringLower(
            System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(Path.Combine(_node.Data, "sam_infrastructure.json"))));
        await _node.ImportAsync(Approvals());
        await _node.StartAsync();
        _operator = _node.Connect(_node.Operator);
    }

    [TearDown]
    public async Task Stop()
    {
        _operator.Dispose();
        await _node.DisposeAsync();
    }

    [Test]
    public async Task Put_AddsAnSsaWithoutApproval_Refused()
    {
        Reply reply = await _operator.PutAsync(Wider());

        reply.MustBe(HttpStatusCode.Forbidden, "approval_required");
        Assert.That(reply.Problem.Detail, Is.EqualTo(
            "A second operator must approve this (header X-SAM-Approval), as it adds SSA ssa-2, AS as-1 for SSA ssa-2."));
        Assert.That((await _node.Client.GetStatusAsync()).ConfigurationVersion, Is.EqualTo(7));
    }

    [Test]
    public async Task Put_AddsAnSsaWithApproval_InForceAndTheRecordNamesBoth()
    {
        DynamicConfiguration wider = Wider();

        Reply reply = await _operator.PutAsync(wider, ("X-SAM-Approval", Approve(TestConfiguration.Bytes(wider))));

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.NoContent), reply.Body);
        AuditRecord record = _node.AdministrationRecords()[^1];
        Assert.That((record.Actor, record.Approver, record.ConfigurationVersion), Is.EqualTo(("operator", "operator-2", 8)));
    }

    [Test]
    public async Task Put_ApprovalByTheScriptOfTheDocumentation_InForce()
    {
        DynamicConfiguration wider = Wider();
        string file = Path.Combine(_node.Folder, "wider.json");
        File.WriteAllBytes(file, TestConfiguration.Bytes(wider));
        string script = Path.Combine(Sandbox.Installation.Current.Root, "docs", "sam", "sam-approve.sh");

        string approval = Sandbox.Commands.Run("bash", [script, file, "operator-2", _second.KeyFile, InfrastructureFile.Group(_infrastructure)]);

        Reply reply = await _operator.PutAsync(wider, ("X-SAM-Approval", approval.Trim()));
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.NoContent), reply.Body);
    }

    private static readonly TestCaseData[] Widening =
    [
        Case("an authorization server's key", c => c with { AuthorizationServers = [c.AuthorizationServers[0], c.AuthorizationServers[1] with { PublicKey = NewKey() }] }),
        Case("an SSA's key", c => c with { SigningServicePrivilegedUsers = [c.SigningServicePrivilegedUsers[0] with { PublicKey = NewKey() }] }),
        Case("a new authorization server", c => c with { AuthorizationServers = [.. c.AuthorizationServers, new("as-3", NewKey())] }),
        Case("one more that an SSA is allowed", c => c with
        {
            SigningServicePrivilegedUsers = [c.SigningServicePrivilegedUsers[0] with { AllowedAuthorizationServers = ["as-1", "as-2"] }],
        }),
        Case("another in the place of the one", c => c with
        {
            SigningServicePrivilegedUsers = [c.SigningServicePrivilegedUsers[0] with { AllowedAuthorizationServers = ["as-2"] }],
        }),
        Case("the same under another name", c => c with { SigningServicePrivilegedUsers = [c.SigningServicePrivilegedUsers[0] with { Id = "ssa-3" }] }),
    ];

    [TestCaseSource(nameof(Widening))]
    public async Task Put_AddsRights_NeedsApproval(Func<DynamicConfiguration, DynamicConfiguration> change) =>
        (await _operator.PutAsync(change(TestConfiguration.Of(_node, 8)))).MustBe(HttpStatusCode.Forbidden, "approval_required");

    private static readonly TestCaseData[] Narrowing =
    [
        Case("nothing", c => c),
        Case("an SSA", c => c with { SigningServicePrivilegedUsers = [] }),
        Case("an authorization server", c => c with { AuthorizationServers = [c.AuthorizationServers[0]] }),
        Case("one that an SSA is allowed", c => c with
        {
            SigningServicePrivilegedUsers = [c.SigningServicePrivilegedUsers[0] with { AllowedAuthorizationServers = [] }],
        }),
    ];

    [TestCaseSource(nameof(Narrowing))]
    public async Task Put_RemovesOnly_NeedsNoApproval(Func<DynamicConfiguration, DynamicConfiguration> change) =>
        Assert.That((await _operator.PutAsync(change(TestConfiguration.Of(_node, 8)))).Status, Is.EqualTo(HttpStatusCode.NoContent));

    [Test]
    public async Task Put_RemovedAndAddedAgain_NeedsApproval()
    {
        await _operator.PutAsync(TestConfiguration.Of(_node, 8) with { SigningServicePrivilegedUsers = [] });

        (await _operator.PutAsync(TestConfiguration.Of(_node, 9))).MustBe(HttpStatusCode.Forbidden, "approval_required");
    }

    [Test]
    public async Task Put_ApprovalUsedAgain_RefusedByItsVersion()
    {
        DynamicConfiguration wider = Wider();
        string approval = Approve(TestConfiguration.Bytes(wider));
        await _operator.PutAsync(wider, ("X-SAM-Approval", approval));
        await _operator.PutAsync(TestConfiguration.Of(_node, 9));

        (await _operator.PutAsync(wider, ("X-SAM-Approval", approval))).MustBe(HttpStatusCode.Conflict, "configuration_outdated");
        (await _operator.PutAsync(wider with { Version = 10 }, ("X-SAM-Approval", approval))).MustBe(HttpStatusCode.Forbidden, "approval_invalid");
    }

    [TestCase("{\"alg\":\"none\",\"typ\":\"sam-configuration+jws\",\"kid\":\"operator-2\",\"aud\":\"AUD\",\"iat\":NOW}", "its alg must be ES256 and its typ sam-configuration+jws")]
    [TestCase("{\"alg\":\"ES256\",\"typ\":\"sad+jwt\",\"kid\":\"operator-2\",\"aud\":\"AUD\",\"iat\":NOW}", "its alg must be ES256 and its typ sam-configuration+jws")]
    [TestCase("{\"alg\":\"ES256\",\"typ\":\"sam-configuration+jws\",\"kid\":\"operator\",\"aud\":\"AUD\",\"iat\":NOW}", "the one who asks for a change cannot approve it")]
    [TestCase("{\"alg\":\"ES256\",\"typ\":\"sam-configuration+jws\",\"kid\":\"ssa\",\"aud\":\"AUD\",\"iat\":NOW}", "its kid is not an operator with an approval_key")]
    [TestCase("{\"alg\":\"ES256\",\"typ\":\"sam-configuration+jws\",\"kid\":\"operator-2\",\"aud\":\"0000\",\"iat\":NOW}", "its aud is not the fingerprint of this module's infrastructure")]
    [TestCase("{\"alg\":\"ES256\",\"typ\":\"sam-configuration+jws\",\"kid\":\"operator-2\",\"aud\":\"AUD\",\"iat\":1}", "its iat is not within the last 24 hours")]
    [TestCase("{\"alg\":\"ES256\",\"typ\":\"sam-configuration+jws\",\"kid\":\"operator-2\",\"aud\":\"AUD\",\"iat\":99999999999}", "its iat is not within the last 24 hours")]
    [TestCase("{\"alg\":\"ES256\",\"typ\":\"sam-configuration+jws\",\"kid\":\"operator-2\",\"aud\":\"AUD\",\"iat\":NOW,\"b64\":false,\"crit\":[\"b64\"]}", "its header must have alg, typ, kid, aud and iat, and nothing else")]
    [TestCase("{\"alg\":\"ES256\",\"alg\":\"ES256\",\"typ\":\"sam-configuration+jws\",\"kid\":\"operator-2\",\"aud\":\"AUD\",\"iat\":NOW}", "its header must have alg, typ, kid, aud and iat, and nothing else")]
    [TestCase("null", "its header must have alg, typ, kid, aud and iat, and nothing else")]
    public async Task Put_ApprovalWithAnotherHeader_Refused(string header, string why)
    {
        DynamicConfiguration wider = Wider();
        string written = header.Replace("AUD", _infrastructure, StringComparison.Ordinal)
            .Replace("NOW", $"{_node.Clock.GetUtcNow().ToUnixTimeSeconds()}", StringComparison.Ordinal);

        Reply reply = await _operator.PutAsync(wider, ("X-SAM-Approval", _second.Sign(written, TestConfiguration.Bytes(wider))));

        reply.MustBe(HttpStatusCode.Forbidden, "approval_invalid");
        Assert.That(reply.Problem.Detail, Is.EqualTo($"The approval is refused: {why}."));
        Assert.That((await _node.Client.GetStatusAsync()).ConfigurationVersion, Is.EqualTo(7));
    }

    [Test]
    public async Task Put_DamagedOrForeignApproval_Refused()
    {
        DynamicConfiguration wider = Wider();
        byte[] body = TestConfiguration.Bytes(wider);
        string good = Approve(body);
        string[] parts = good.Split('.');
        string[] bad =
        [
            "", ".", "..", "a.b", $"{parts[0]}.{System.Buffers.Text.Base64Url.EncodeToString(body)}.{parts[2]}", $"{parts[0]}..",
            $"{parts[0]}..{parts[2][..^2]}", $"{parts[0]}..{(parts[2][0] == 'A' ? 'B' : 'A')}{parts[2][1..]}", $"{parts[0]}..%%", good + ".x",
            $"{parts[0]}{new string('A', 4000)}..{parts[2]}",
            Approve(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(body) + " ")),
            new DualControl().Approve(body, _infrastructure, _node.Clock.GetUtcNow()),
        ];
        foreach (string approval in bad)
        {
            (await _operator.PutAsync(wider, ("X-SAM-Approval", approval))).MustBe(HttpStatusCode.Forbidden, "approval_invalid");
        }

        (await _operator.PutAsync(wider, ("X-SAM-Approval", good), ("X-SAM-Approval", good))).MustBe(HttpStatusCode.Forbidden, "approval_invalid");
        Assert.That((await _node.Client.GetStatusAsync()).ConfigurationVersion, Is.EqualTo(7));
    }

    [Test]
    public async Task Put_RemovalWithABadApproval_RefusedToo() => (await _operator.PutAsync(
        TestConfiguration.Of(_node, 8) with { SigningServicePrivilegedUsers = [] }, ("X-SAM-Approval", "a..b")))
        .MustBe(HttpStatusCode.Forbidden, "approval_invalid");

    [Test]
    public async Task Start_DynamicFileChangedPastTheSam_RefusedUntilImported()
    {
        await _node.StopAsync();
        File.WriteAllBytes(_node.DynamicFile, TestConfiguration.Bytes(Wider()));

        Assert.That(Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message, Does.Contain("dual control forbids").And.Contain("admin import"));
        Assert.That(Assert.ThrowsAsync<StartException>(() => _node.ImportAsync())!.Message, Does.Contain("--dynamic-approval"));

        string said = await _node.ImportAsync("--dynamic-approval", Approval(_node.DynamicFile));
        Assert.That(said, Does.Contain("Imported"));
        await _node.StartAsync();
        Assert.That((await _node.Client.GetStatusAsync()).ConfigurationVersion, Is.EqualTo(8));
    }

    [Test]
    public async Task Start_StaticFileWithDualControlOff_Refused()
    {
        await _node.StopAsync();
        string before = File.ReadAllText(_node.StaticFile);
        File.WriteAllText(_node.StaticFile, before.Replace("\"dual_control\":true", "\"dual_control\":false", StringComparison.Ordinal));
        Assert.ThrowsAsync<StartException>(_node.StartAsync);

        // Adopting the edited file would let it name its own approvers.
        Assert.That(
            Assert.ThrowsAsync<StartException>(() => _node.ImportAsync("--static-approval", Approval(_node.StaticFile)))!.Message,
            Does.Contain("Put it back"));
        string edited = _node.StaticFile + ".new";
        File.Move(_node.StaticFile, edited);
        File.WriteAllText(_node.StaticFile, before);
        Assert.ThrowsAsync<StartException>(() => _node.ImportAsync("--static", edited));
        await _node.ImportAsync("--static", edited, "--static-approval", Approval(edited));
        await _node.StartAsync();
        AuditRecord import = _node.AdministrationRecords().Last(r => r.Event == "import_configuration");
        Assert.That((import.DualControl, import.Approver), Is.EqualTo((false, "operator-2")));
    }

    [Test]
    public async Task Import_ApprovalByAKeyOfTheNewFileOnly_Refused()
    {
        await _node.StopAsync();
        var intruder = new DualControl("operator-2");
        string edited = _node.StaticFile + ".new";
        File.WriteAllText(edited, System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(_node.StaticFile)) is { } node
            ? Replace(node, intruder).ToJsonString()
            : "");

        Assert.That(
            async () => await _node.ImportAsync(
                "--static", edited, "--static-approval", intruder.ApproveInFile(edited, _infrastructure, _node.Clock.GetUtcNow())),
            Throws.Exception.With.Message.Contains("approval_key of operator-2"));

        static System.Text.Json.Nodes.JsonNode Replace(System.Text.Json.Nodes.JsonNode node, DualControl intruder)
        {
            node["operators"]![1]!["approval_key"] = intruder.PublicKey;
            return node;
        }
    }

    private static TestCaseData Case(string name, Func<DynamicConfiguration, DynamicConfiguration> change) =>
        new TestCaseData(change).SetArgDisplayNames(name);

    private static string NewKey() => TestConfiguration.NewKey(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);

    private DynamicConfiguration Wider()
    {
        DynamicConfiguration now = TestConfiguration.Of(_node, 8);
        return now with { SigningServicePrivilegedUsers = [.. now.SigningServicePrivilegedUsers, TestConfiguration.SecondSsa(_node, "as-1")] };
    }

    private string Approve(byte[] content) => _second.Approve(content, _infrastructure, _node.Clock.GetUtcNow());

    private string Approval(string file) => _second.ApproveInFile(file, _infrastructure, _node.Clock.GetUtcNow());

    private string[] Approvals() => ["--static-approval", Approval(_node.StaticFile), "--dynamic-approval", Approval(_node.DynamicFile)];
}
