using System.Net;
using System.Security.Cryptography;
using System.Text;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Sam.Tests;

/// <summary>Under dual control a second operator approves that a node, or a generation of the key-encryption key, is used no more.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class RetirementApprovalTests
{
    private readonly DualControl _second = new();

    [Test]
    public async Task RetireKek_DualControl_NeedsAnApprovalOfThisGenerationNow()
    {
        await using TestNode node = TestNode.New(new TestSetup { EditStatic = _second.TurnOn });
        await ImportAsync(node);
        await node.AddKeyEncryptionKeyAsync();
        await node.AddKeyEncryptionKeyAsync();
        string statement = Path.Combine(node.Folder, "statement");
        string approval = Path.Combine(node.Folder, "approval");
        byte[] before = File.ReadAllBytes(node.InfrastructureFile);

        Assert.That(Assert.ThrowsAsync<StartException>(() => node.RetireKeyEncryptionKeyAsync(1))!.Message, Does.Contain("--statement"));
        await node.RetireKeyEncryptionKeyAsync(1, "--statement", statement);
        Assert.That(File.ReadAllText(statement), Does.Match("^RemoteSigning retire-kek v1\nsam-1\n[0-9]+\\.[A-Za-z0-9_-]{43}\ngeneration 1\n\\z"));
        Approve(node, statement, "sam-unlock+jws", approval);
        Assert.That(Assert.ThrowsAsync<ProblemException>(() => node.RetireKeyEncryptionKeyAsync(1, "--approval", approval))!.Code, Is.EqualTo("approval_invalid"));
        Approve(node, statement, "sam-retire-kek+jws", approval);
        Assert.That(
            Assert.ThrowsAsync<ProblemException>(() => node.RetireKeyEncryptionKeyAsync(2, "--approval", approval))!.Code,
            Is.EqualTo("approval_invalid"),
            "of another generation");
        Assert.That(File.ReadAllBytes(node.InfrastructureFile), Is.EqualTo(before));

        await node.RetireKeyEncryptionKeyAsync(1, "--approval", approval);

        AuditRecord record = node.AdministrationRecords()[^1];
        Assert.That((record.Event, record.Approver, record.Reason!.Split(';')[0]), Is.EqualTo(("retire_key_encryption_key", _second.Name, "generation 1")));
        Assert.That(
            Assert.ThrowsAsync<ProblemException>(() => node.RetireKeyEncryptionKeyAsync(2, "--approval", approval))!.Code,
            Is.EqualTo("approval_invalid"),
            "and of an older head");
        await node.StartAsync();
    }

    [Test]
    public async Task RetirePeer_DualControl_NeedsAnApprovalOfThisTurn()
    {
        using var parties = new TestParties(Directory.CreateDirectory(Path.Combine(TestToken.Folder, Guid.NewGuid().ToString("N"))).FullName);
        var setup = new TestSetup { EditStatic = _second.TurnOn };
        await using var one = new TestNode(Path.Combine(parties.Folder, "sam-1"), "sam-1", parties, setup);
        await using var two = new TestNode(Path.Combine(parties.Folder, "sam-2"), "sam-2", parties, setup);
        foreach (TestNode node in (TestNode[])[one, two])
        {
            node.SetPeers([one, two]);
            await ImportAsync(node);
            await node.StartAsync();
        }

        await one.BeatAsync();
        await two.BeatAsync();
        using SamClient operators = one.Connect(one.Operator);
        const string first = """{"peer":"sam-2","turn":1}""";

        Reply refused = await RetireAsync("""{"peer":"sam-2"}""");
        refused.MustBe(HttpStatusCode.Forbidden, "approval_required");
        Assert.That(refused.Problem.Detail, Does.Contain("it retires sam-2").And.Contain("\"turn\": 1"));
        (await RetireAsync(first)).MustBe(HttpStatusCode.Forbidden, "approval_required");
        (await RetireAsync("""{"peer":"sam-2"}""", Sign("""{"peer":"sam-2"}"""))).MustBe(HttpStatusCode.Forbidden, "approval_invalid");
        (await RetireAsync(first, Sign("""{"peer":"sam-2","turn":3}"""))).MustBe(HttpStatusCode.Forbidden, "approval_invalid");
        (await RetireAsync(first, Sign(first, "sam-configuration+jws"))).MustBe(HttpStatusCode.Forbidden, "approval_invalid");
        Assert.That((await one.Client.GetStatusAsync()).Peers![0].Standing, Is.EqualTo("in_service"));

        string approval = Sign(first);
        Assert.That((await RetireAsync(first, approval)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await one.Client.GetStatusAsync()).Peers![0], Has.Property("Standing").EqualTo("retired").And.Property("Turn").EqualTo(1));
        AuditRecord record = one.AdministrationRecords().Last(r => r is { Event: AuditEvents.RetirePeer, Outcome: "success" });
        Assert.That((record.Actor, record.Approver), Is.EqualTo(("operator", _second.Name)));

        await two.BeatAsync();
        Assert.That((await SendAsync("reinstate", """{"peer":"sam-2"}""")).Status, Is.EqualTo(HttpStatusCode.OK));
        (await RetireAsync(first, approval)).MustBe(HttpStatusCode.Forbidden, "approval_invalid");

        Task<Reply> RetireAsync(string body, string? approval = null) => SendAsync("retire", body, approval);

        Task<Reply> SendAsync(string function, string body, string? approval = null) => operators.SendAsync(
            HttpMethod.Post, $"/sam/v1/peers/$body/{function}", Encoding.UTF8.GetBytes(body), approval is null ? [] : [("X-SAM-Approval", approval)]);

        string Sign(string body, string type = "sam-retire-peer+jws") => _second.Sign(Header(one, type), Encoding.UTF8.GetBytes(body));
    }

    private Task<string> ImportAsync(TestNode node) => node.ImportAsync(
        "--static-approval", _second.ApproveInFile(node.StaticFile, Infrastructure(node), node.Clock.GetUtcNow()),
        "--dynamic-approval", _second.ApproveInFile(node.DynamicFile, Infrastructure(node), node.Clock.GetUtcNow()));

    private void Approve(TestNode node, string statement, string type, string approval) =>
        File.WriteAllText(approval, _second.Sign(Header(node, type), File.ReadAllBytes(statement)));

    private string Header(TestNode node, string type) =>
        $$"""{"alg":"ES256","typ":"{{type}}","kid":"{{_second.Name}}","aud":"{{Infrastructure(node)}}","iat":{{node.Clock.GetUtcNow().ToUnixTimeSeconds()}}}""";

    private static string Infrastructure(TestNode node) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(node.InfrastructureFile)));
}
