using System.Net;
using System.Security.Cryptography;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Sam.Tests;

/// <summary>The dynamic configuration of a running node (SAM-16, SAM-17): what comes into force, and what is refused.</summary>
public sealed class DynamicConfigurationTests
{
    private TestNode _node = null!; // Set before any test runs.
    private SamClient _operator = null!; // Set before any test runs.

    [SetUp]
    public async Task Start()
    {
        _node = await TestNode.StartNewAsync();
        _operator = _node.Connect(_node.Operator);
    }

    [TearDown]
    public async Task Stop()
    {
        _operator.Dispose();
        await _node.DisposeAsync();
    }

    [Test]
    public async Task Put_NewerOne_InForceDurableAndRecorded()
    {
        DynamicConfiguration wider = TestConfiguration.Of(_node, 8);
        wider = wider with { SigningServicePrivilegedUsers = [.. wider.SigningServicePrivilegedUsers, TestConfiguration.SecondSsa(_node, "as-2")] };

        Reply reply = await _operator.PutAsync(wider);

        Assert.That((reply.Status, reply.Body), Is.EqualTo((HttpStatusCode.NoContent, "")));
        using SamClient added = _node.Connect(_node.Stranger);
        SamStatus status = await added.GetStatusAsync();
        string digest = Convert.ToHexStringLower(SHA256.HashData(TestConfiguration.Bytes(wider)));
        Assert.That((status.ConfigurationVersion, status.ConfigurationDigest), Is.EqualTo((8, digest)));
        Assert.That(File.ReadAllBytes(_node.DynamicFile), Is.EqualTo(TestConfiguration.Bytes(wider)));
        Assert.That(File.Exists(_node.DynamicFile + ".next"), Is.False);
        AuditRecord record = _node.AdministrationRecords()[^1];
        Assert.That(
            (record.Event, record.Actor, record.Outcome, record.ConfigurationVersion, record.ConfigurationDigest),
            Is.EqualTo(("change_configuration", "operator", "success", 8, digest)));
        Assert.That(record.Reason, Is.EqualTo("adds SSA ssa-2, AS as-2 for SSA ssa-2; removes nothing"));
        await _node.RestartAsync();
        Assert.That((await added.GetStatusAsync()).ConfigurationDigest, Is.EqualTo(digest));
    }

    [Test]
    public async Task Put_SsaRemoved_ItsOpenConnectionHasNoRightsAnyMore()
    {
        Assert.That((await _node.Client.GenerateAsync(TestKey.P256)).Status, Is.EqualTo(HttpStatusCode.Created));

        await _operator.PutAsync(TestConfiguration.Of(_node, 8) with { SigningServicePrivilegedUsers = [] });

        (await _node.Client.GenerateAsync(TestKey.P256)).MustBe(HttpStatusCode.Forbidden, "caller_unknown");
    }

    [Test]
    public async Task Put_AuthorizationServerNotAllowedAnyMore_ItsSadIsRefused()
    {
        KeyPair key = await TestKey.EnabledAsync(_node, TestKey.P256);
        DynamicConfiguration narrower = TestConfiguration.Of(_node, 8);
        await _operator.PutAsync(narrower with
        {
            SigningServicePrivilegedUsers = [narrower.SigningServicePrivilegedUsers[0] with { AllowedAuthorizationServers = [] }],
        });
        var request = new SignaturesRequest(
            [new SignatureRequest(SHA256.HashData("x"u8), "1.2.840.10045.4.3.2")], key, new Signer(TestKey.Signer));

        Reply reply = await _node.Client.SignAsync(request, (await TestSad.ForAsync(_node, request)).Sign(_node.As1));

        reply.MustBe(HttpStatusCode.Forbidden, "sad_invalid");
        Assert.That(_node.Records()[^1].Reason, Is.EqualTo("ssa may not bring SADs of as-1"));
    }

    [TestCase(7)]
    [TestCase(6)]
    [TestCase(1)]
    public async Task Put_VersionNotHigher_Conflict(int version)
    {
        Reply reply = await _operator.PutAsync(TestConfiguration.Of(_node, version));

        reply.MustBe(HttpStatusCode.Conflict, "configuration_outdated");
        Assert.That(reply.Problem.Detail, Is.EqualTo($"The configuration has version {version}; it must be higher than 7."));
        await MustBeUnchangedAsync();
    }

    [TestCase("", "The dynamic configuration is malformed at $, line 1.")]
    [TestCase("null", "The dynamic configuration is malformed.")]
    [TestCase("{\"version\":8}", "The dynamic configuration is malformed at $, line 1.")]
    [TestCase("{\"version\":\"8\",\"authorization_servers\":[],\"signing_service_privileged_users\":[]}", "The dynamic configuration is malformed at $.version, line 1.")]
    [TestCase("{\"version\":8,\"version\":9,\"authorization_servers\":[],\"signing_service_privileged_users\":[]}", "The dynamic configuration is malformed at $.version, line 1.")]
    [TestCase("{\"version\":8,\"authorization_servers\":null,\"signing_service_privileged_users\":[]}", "The dynamic configuration is malformed at $.authorization_servers, line 1.")]
    [TestCase("{\"version\":8,\"authorization_servers\":[],\"signing_service_privileged_users\":[],\"more\":1}", "The dynamic configuration is malformed at $.more, line 1.")]
    public async Task Put_Malformed_RefusedWithItsPlace(string body, string told)
    {
        Reply reply = await _operator.PutAsync(body);

        reply.MustBe(HttpStatusCode.BadRequest, "malformed");
        Assert.That(reply.Problem.Detail, Is.EqualTo(told));
        await MustBeUnchangedAsync();
    }

    private static readonly TestCaseData[] Inconsistent =
    [
        Case(c => c with { Version = 0 }, "The dynamic configuration's version must be 1 or more."),
        Case(c => c with { AuthorizationServers = [null!] }, "A list of the configuration holds null."),
        Case(c => Ssa(c, u => u with { AllowedAuthorizationServers = ["as-3"] }), "The SSA ssa is allowed an authorization server that is not registered: as-3."),
        Case(c => Ssa(c, u => u with { AllowedAuthorizationServers = ["as-1", "as-1"] }), "The SSA ssa is allowed the authorization server as-1 twice."),
        Case(c => c with { AuthorizationServers = [.. c.AuthorizationServers, c.AuthorizationServers[0]] }, "The name as-1 stands twice."),
        Case(c => Ssa(c, u => u with { Id = "operator" }), "The name operator stands twice."),
        Case(c => Ssa(c, u => u with { Id = "as-1" }), "The name as-1 stands twice."),
        Case(c => Ssa(c, u => u with { PublicKey = c.AuthorizationServers[1].PublicKey }), "The ssa ssa has the same key as the authorization server as-2."),
        Case(
            c => c with { AuthorizationServers = [.. c.AuthorizationServers, c.AuthorizationServers[0] with { Id = "as-3" }] },
            "The authorization server as-3 has the same key as the authorization server as-1."),
        Case(c => Ssa(c, u => u with { Id = "a b" }), "The name of a ssa must be 1 to 64 of A-Z a-z 0-9 . _ - and begin with a letter or digit."),
        Case(c => Ssa(c, u => u with { Id = "ssa\n" }), "The name of a ssa must be 1 to 64 of A-Z a-z 0-9 . _ - and begin with a letter or digit."),
        Case(
            c => Ssa(c, u => u with { PublicKey = WeakRsa() }),
            "The ssa ssa has a weak key: RSA of 1024 bits; 2048 to 8192 bits and an exponent of 65537 or more are needed."),
        Case(
            c => Ssa(c, u => u with { PublicKey = TestConfiguration.NewKey(ECCurve.NamedCurves.brainpoolP256r1) }),
            "The ssa ssa has a weak key: only the curves P-256, P-384 and P-521 are taken."),
        Case(
            c => c with { AuthorizationServers = [.. c.AuthorizationServers, new("as-3", TestConfiguration.NewKey(ECCurve.NamedCurves.nistP384))] },
            "The authorization server as-3 needs a P-256 public key in PEM: The key is not on the curve P-256."),
        Case(
            c => Ssa(c, u => u with { PublicKey = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----" }),
            "The ssa ssa needs a public key in PEM: The ASN.1 value is invalid."),
        Case(
            c => Ssa(c, u => u with { PublicKey = "none" }),
            "The ssa ssa needs a public key in PEM: The text is not a public key in PEM (BEGIN PUBLIC KEY)."),
    ];

    [TestCaseSource(nameof(Inconsistent))]
    public async Task Put_Inconsistent_RefusedWithTheReason(Func<DynamicConfiguration, DynamicConfiguration> spoil, string told)
    {
        Reply reply = await _operator.PutAsync(spoil(TestConfiguration.Of(_node, 8)));

        reply.MustBe(HttpStatusCode.BadRequest, "configuration_invalid");
        Assert.That(reply.Problem.Detail, Is.EqualTo(told));
        Assert.That((_node.AdministrationRecords()[^1].Reason, _node.AdministrationRecords()[^1].ConfigurationDigest?.Length), Is.EqualTo((told, 64)));
        await MustBeUnchangedAsync();
    }

    [Test]
    public async Task Get_Operator_ExactBytesInForce()
    {
        Reply reply = await _operator.SendAsync(HttpMethod.Get, TestConfiguration.Path, (byte[]?)null);

        Assert.That((reply.Status, reply.Body), Is.EqualTo((HttpStatusCode.OK, File.ReadAllText(_node.DynamicFile))));
    }

    [Test]
    public async Task File_ChangedBehindARunningNode_IsNotUsed()
    {
        File.WriteAllBytes(_node.DynamicFile, TestConfiguration.Bytes(TestConfiguration.Of(_node, 99)));

        Assert.That((await _node.Client.GetStatusAsync()).ConfigurationVersion, Is.EqualTo(7));
    }

    [Test]
    public async Task Put_AuditFails_NothingChangesAndTheNextSucceeds()
    {
        _node.LogFaults.Full = true;
        (await _operator.PutAsync(TestConfiguration.Of(_node, 8))).MustBe(HttpStatusCode.ServiceUnavailable, "audit_unavailable");
        _node.LogFaults.Heal();
        await MustBeUnchangedAsync();

        Assert.That((await _operator.PutAsync(TestConfiguration.Of(_node, 8))).Status, Is.EqualTo(HttpStatusCode.NoContent));
    }

    [Test]
    public async Task Put_FileCannotBeWritten_NothingChanges()
    {
        Directory.CreateDirectory(_node.DynamicFile + ".next");

        (await _operator.PutAsync(TestConfiguration.Of(_node, 8))).MustBe(HttpStatusCode.ServiceUnavailable, ProblemCodes.ServiceUnavailable);

        await MustBeUnchangedAsync();
    }

    [Test]
    public async Task Put_ManyUnderLoad_NoRequestIsDropped()
    {
        using var done = new CancellationTokenSource();
        Task<int>[] callers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            using SamClient client = _node.Connect(_node.Ssa);
            int count = 0;
            while (!done.IsCancellationRequested)
            {
                Assert.That((await client.GenerateAsync(TestKey.P256)).Status, Is.EqualTo(HttpStatusCode.Created));
                count++;
            }

            return count;
        }))];

        for (int version = 8; version < 58; version++)
        {
            Assert.That((await _operator.PutAsync(TestConfiguration.Of(_node, version))).Status, Is.EqualTo(HttpStatusCode.NoContent));
        }

        await done.CancelAsync();
        Assert.That(await Task.WhenAll(callers), Has.All.GreaterThan(0));
    }

    [Test]
    public async Task Put_ManyAtOnceWithOneVersion_ExactlyOneComesIntoForce()
    {
        Reply[] replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _operator.PutAsync(TestConfiguration.Of(_node, 8))));

        Assert.That(replies.Count(r => r.Status == HttpStatusCode.NoContent), Is.EqualTo(1));
        Assert.That(replies.Count(r => r.Status == HttpStatusCode.Conflict), Is.EqualTo(7));
    }

    [Test]
    public async Task Start_CrashBetweenRecordAndFile_TheRecordedOneComesIntoPlace()
    {
        byte[] old = File.ReadAllBytes(_node.DynamicFile);
        await _operator.PutAsync(TestConfiguration.Of(_node, 8));
        await _node.StopAsync();
        File.Move(_node.DynamicFile, _node.DynamicFile + ".next");
        File.WriteAllBytes(_node.DynamicFile, old);

        await _node.StartAsync();

        Assert.That((await _node.Client.GetStatusAsync()).ConfigurationVersion, Is.EqualTo(8));
        Assert.That(File.ReadAllBytes(_node.DynamicFile), Is.EqualTo(TestConfiguration.Bytes(TestConfiguration.Of(_node, 8))));
    }

    [Test]
    public async Task Start_CrashBeforeTheRecord_TheOldOneStays()
    {
        await _node.StopAsync();
        File.WriteAllBytes(_node.DynamicFile + ".next", TestConfiguration.Bytes(TestConfiguration.Of(_node, 8)));

        await _node.StartAsync();

        await MustBeUnchangedAsync();
        Assert.That(File.Exists(_node.DynamicFile + ".next"), Is.False);
    }

    [Test]
    public async Task Start_OlderConfigurationPutBack_Refused()
    {
        byte[] old = File.ReadAllBytes(_node.DynamicFile);
        await _operator.PutAsync(TestConfiguration.Of(_node, 8) with { SigningServicePrivilegedUsers = [] });
        await _node.StopAsync();
        File.WriteAllBytes(_node.DynamicFile, old);

        Assert.That(Assert.ThrowsAsync<StartException>(_node.StartAsync)!.Message, Does.Contain("version 7, but version 8 was in force"));
    }

    [Test]
    public async Task Start_NewerFileChangedPastTheSam_UsedAndRecorded()
    {
        await _node.StopAsync();
        File.WriteAllBytes(_node.DynamicFile, TestConfiguration.Bytes(TestConfiguration.Of(_node, 9)));

        await _node.StartAsync();

        AuditRecord start = _node.AdministrationRecords().Last(r => r.Event == "start");
        Assert.That(start.ConfigurationVersion, Is.EqualTo(9));
        Assert.That(start.Reason, Does.Contain("the dynamic configuration was changed past the SAM"));
    }

    private static TestCaseData Case(Func<DynamicConfiguration, DynamicConfiguration> spoil, string told) =>
        new TestCaseData(spoil, told).SetArgDisplayNames(told);

    private static DynamicConfiguration Ssa(
        DynamicConfiguration configuration, Func<SigningServicePrivilegedUser, SigningServicePrivilegedUser> change) =>
        configuration with { SigningServicePrivilegedUsers = [change(configuration.SigningServicePrivilegedUsers[0])] };

    private static string WeakRsa()
    {
        using RSA key = RSA.Create(1024);
        return key.ExportSubjectPublicKeyInfoPem();
    }

    private async Task MustBeUnchangedAsync()
    {
        SamStatus status = await _node.Client.GetStatusAsync();
        string file = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(_node.DynamicFile)));
        Assert.That((status.ConfigurationVersion, status.ConfigurationDigest), Is.EqualTo((7, file)));
    }
}
