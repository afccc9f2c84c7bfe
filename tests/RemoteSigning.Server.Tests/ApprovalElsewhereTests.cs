using System.Text;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Signing;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Tests;

/// <summary>v2's <c>credentials/authorize</c> with a device that approves in another place, and <c>credentials/authorizeCheck</c>.</summary>
[NonParallelizable]
public sealed class ApprovalElsewhereTests
{
    private const string UnknownHandle = "400 invalid_request: Invalid parameter handle";
    private const string NothingWaits = "400 invalid_request: No such approval waits";
    private const string Locked = "400 invalid_request: Credential locked";

    private World _world = null!; // Set before each test, as are the next two.
    private CscClient _signer = null!;
    private DeviceCredential _device = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _world = await World.StartAsync("elsewhere");

    [OneTimeTearDown]
    public async Task StopAsync() => await _world.DisposeAsync();

    [SetUp]
    public async Task EnrollAsync()
    {
        _signer = await _world.NewSignerAsync();
        _device = await DeviceCredential.EnrollAsync(_world, _signer);
    }

    [TearDown]
    public void CleanUp() => _signer.Dispose();

    [Test]
    public async Task Check_OnceTheDeviceApproved_GivesTheSadOnceAndItSigns()
    {
        byte[] one = World.Digest();
        byte[] two = World.Digest();
        CscResult begun = await _device.AuthorizeAsync([one, two], body => body["description"] = "Two pages");
        string handle = (string)begun.Body["handle"]!;
        CscResult early = await _device.CheckAsync(handle);
        JsonObject waiting = (await _device.FindWaitingAsync())!;

        Assert.That((await _device.AnswerAsync()).Status, Is.EqualTo(204));
        CscResult approved = await _device.CheckAsync(handle);
        CscResult signed = await _signer.As(2).SignAsync(_device.Id, approved.Sad, [two, one], Oids.EcdsaWithSha256);

        Assert.Multiple(() =>
        {
            Assert.That((begun.Status, early.Status, (string?)early.Body["handle"]), Is.EqualTo((202, 202, handle)));
            Assert.That((string?)waiting["description"], Is.EqualTo("Two pages"));
            Assert.That((string?)waiting["application"], Is.Not.Empty);
            Assert.That((string?)waiting["signAlgo"], Is.EqualTo(Oids.EcdsaWithSha256));
            Assert.That(waiting["hashes"]!.AsArray().Select(h => (string?)h), Is.EqualTo(new[] { Convert.ToBase64String(one), Convert.ToBase64String(two) }));
            Assert.That(approved.Status, Is.EqualTo(200));
            Assert.That((int)approved.Body["expiresIn"]!, Is.InRange(1, 300));
            Assert.That(signed.Status, Is.EqualTo(200), signed.ToString());
            Assert.That(signed.Signatures, Has.Count.EqualTo(2));
        });
        Assert.That(Told(await _device.CheckAsync(handle)), Is.EqualTo(UnknownHandle), "the handle is used up");
        Assert.That(await _device.FindWaitingAsync(), Is.Null);
        CscResult again = await _signer.As(2).SignAsync(_device.Id, approved.Sad, [two, one, one], Oids.EcdsaWithSha256);
        Assert.That(again.Description, Is.EqualTo("Hash is not authorized by the SAD"));
    }

    [Test]
    public async Task Check_ByManyAtOnce_GivesOneSad()
    {
        string handle = await _device.BeginAsync();
        await _device.AnswerAsync();

        CscResult[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _device.CheckAsync(handle)));

        Assert.That(answers.Count(a => a.Status == 200), Is.EqualTo(1));
        Assert.That(answers.Where(a => a.Status != 200).Select(Told), Is.All.EqualTo(UnknownHandle));
    }

    [Test]
    public async Task Check_OnceTheSignerRefused_IsDenied()
    {
        string handle = await _device.BeginAsync();

        Assert.That((await _device.RefuseAsync()).Status, Is.EqualTo(204));

        Assert.That(
            Told(await _device.CheckAsync(handle)),
            Is.EqualTo("400 access_denied: The user, authorization server or remote service denied the request."));
    }

    [TestCase("another content")]
    [TestCase("another device")]
    [TestCase("a user who was not verified")]
    [TestCase("a registration")]
    [TestCase("no JSON")]
    public async Task Answer_ThatIsNone_EndsTheWait(string flaw)
    {
        string handle = await _device.BeginAsync();
        string content = (string)(await _device.FindWaitingAsync())!["content"]!;
        JsonObject answer = flaw switch
        {
            "another content" => _device.Answer(content + " "),
            "another device" => _device.Answer(content, device: World.Digest()),
            "a user who was not verified" => _device.Answer(content, flags: 0x01),
            "a registration" => _device.Answer(content, type: "webauthn.create"),
            _ => _device.Answer(content),
        };
        if (flaw == "no JSON")
        {
            answer["clientDataJSON"] = "AAAA";
        }

        Assert.That(Told(await _device.AnswerAsync(answer)), Is.EqualTo("400 invalid_request: Invalid parameter deviceApproval"));

        Assert.That(
            Told(await _device.CheckAsync(handle)), Is.EqualTo("400 invalid_authentication_data: The authentication data is invalid"));
        Assert.That(await _device.FindWaitingAsync(), Is.Null);
    }

    [Test]
    public async Task Check_AfterItsTime_IsUnknownAndNobodyCanApprove()
    {
        string handle = await _device.BeginAsync();
        JsonObject waiting = (await _device.FindWaitingAsync())!;
        JsonObject answer = _device.Answer((string)waiting["content"]!);
        answer["approval"] = (string)waiting["approval"]!;

        _world.Clock.Advance(TimeSpan.FromSeconds(300));

        Assert.That(Told(await _device.CheckAsync(handle)), Is.EqualTo(UnknownHandle));
        Assert.That(await _device.FindWaitingAsync(), Is.Null);
        Assert.That(Told(await _device.CardAsync("approval_answers", new JsonObject { ["deviceApproval"] = answer })), Is.EqualTo(NothingWaits));
        Assert.That(
            Told(await _device.CardAsync("approval_refusals", new JsonObject { ["approval"] = (string)waiting["approval"]! })),
            Is.EqualTo(NothingWaits));
    }

    [Test]
    public async Task Answer_AfterADecision_ChangesNothing()
    {
        string handle = await _device.BeginAsync();
        JsonObject waiting = (await _device.FindWaitingAsync())!;
        await _device.RefuseAsync();
        JsonObject answer = _device.Answer((string)waiting["content"]!);
        answer["approval"] = (string)waiting["approval"]!;

        Assert.That(Told(await _device.CardAsync("approval_answers", new JsonObject { ["deviceApproval"] = answer })), Is.EqualTo(NothingWaits));

        Assert.That((await _device.CheckAsync(handle)).Error, Is.EqualTo("access_denied"));
    }

    [Test]
    public async Task SignHash_OtherThanApproved_IsRefused()
    {
        byte[] hash = World.Digest();
        string handle = await _device.BeginAsync(hash);
        await _device.AnswerAsync();
        string sad = (await _device.CheckAsync(handle)).Sad;

        CscResult otherHash = await _signer.SignAsync(_device.Id, sad, [World.Digest()], Oids.EcdsaWithSha256);
        CscResult tooMany = await _signer.SignAsync(_device.Id, sad, [hash, hash], Oids.EcdsaWithSha256);
        CscResult extended = await _signer.ExtendAsync(_device.Id, sad, [hash]);
        CscResult unknown = await _signer.SignAsync(_device.Id, "unknown", [hash], Oids.EcdsaWithSha256);
        CscResult signed = await _signer.SignAsync(_device.Id, sad, [hash], Oids.EcdsaWithSha256);

        Assert.Multiple(() =>
        {
            Assert.That(Told(otherHash), Is.EqualTo("400 invalid_request: Hash is not authorized by the SAD."));
            Assert.That(Told(tooMany), Is.EqualTo("400 invalid_request: Hash is not authorized by the SAD."));
            Assert.That(Told(extended), Is.EqualTo("400 invalid_request: Invalid parameter SAD"));
            Assert.That(Told(unknown), Is.EqualTo("400 invalid_request: Missing (or invalid type) object parameter deviceApproval"));
            Assert.That(signed.Status, Is.EqualTo(200), "in any version");
        });
    }

    [Test]
    public async Task SignHash_AlgorithmNamedAtAuthorize_IsTheOnlyOne()
    {
        byte[] hash = World.Digest();
        DeviceCredential rsa = await DeviceCredential.EnrollAsync(_world, _signer, World.Rsa());
        byte[] parameters = new SignatureAlgorithm(SignatureScheme.RsaPss, DigestAlgorithm.Sha256, 32).Parameters();
        CscResult begun = await rsa.AuthorizeAsync([hash], body =>
        {
            body["signAlgo"] = Oids.RsaPss;
            body["signAlgoParams"] = Convert.ToBase64String(parameters);
        });
        JsonObject waiting = (await rsa.FindWaitingAsync())!;
        await rsa.AnswerAsync();
        string sad = (await rsa.CheckAsync((string)begun.Body["handle"]!)).Sad;

        CscResult other = await _signer.As(2).SignAsync(rsa.Id, sad, [hash], Oids.Sha256WithRsa);
        CscResult signed = await _signer.As(2).SignAsync(rsa.Id, sad, [hash], Oids.RsaPss, parameters: parameters);

        Assert.That((string?)waiting["signAlgoParams"], Is.EqualTo(Convert.ToBase64String(parameters)));
        Assert.That(Told(other), Is.EqualTo("400 invalid_request: Invalid parameter signAlgo"));
        Assert.That(signed.Status, Is.EqualTo(200), signed.ToString());
    }

    [Test]
    public async Task Authorize_ThatCannotBeApproved_IsRefusedAtOnce()
    {
        DeviceCredential without = new(_signer, (await _world.EnrollAsync(_signer, World.P256())).Id);
        byte[] hash = World.Digest();

        Assert.Multiple(async () =>
        {
            Assert.That(Told(await without.AuthorizeAsync([hash])), Is.EqualTo("400 invalid_request: Invalid parameter authData"));
            Assert.That(
                Told(await _device.AuthorizeAsync([hash], body => body["authData"]![1]!["value"] = "x")),
                Is.EqualTo("400 invalid_request: Invalid parameter authData"));
            Assert.That(
                Told(await _device.AuthorizeAsync([hash], body => body.Remove("hashes"))),
                Is.EqualTo("400 invalid_request: Missing (or invalid type) array parameter hash"));
            Assert.That(
                Told(await _device.AuthorizeAsync([hash], body => body["numSignatures"] = 2)),
                Is.EqualTo("400 invalid_request: Invalid value for parameter numSignatures"));
            Assert.That(
                Told(await _device.AuthorizeAsync([hash, new byte[48]])), Is.EqualTo("400 invalid_request: Invalid digest value length"));
            Assert.That(
                Told(await _device.AuthorizeAsync([hash], body => body["signAlgo"] = Oids.Sha256WithRsa)),
                Is.EqualTo("400 invalid_request: Invalid parameter signAlgo"));
            Assert.That(
                Told(await _device.AuthorizeAsync([hash], body => body["authData"]![0]!["value"] = "00000000")),
                Is.EqualTo("400 invalid_authentication_data: The authentication data is invalid"));
            Assert.That(await _device.FindWaitingAsync(), Is.Null);
        });
    }

    [Test]
    public async Task Authorize_WithoutNamingTheDevice_GivesASadThatTheCardCompletes()
    {
        CscResult authorized = await _signer.As(2).AuthorizeAsync(_device.Id, 1);

        Assert.That(authorized.Status, Is.EqualTo(200));
        Assert.That(
            Told(await _signer.SignAsync(_device.Id, authorized.Sad, [World.Digest()], Oids.EcdsaWithSha256)),
            Is.EqualTo("400 invalid_request: Missing (or invalid type) object parameter deviceApproval"));
    }

    /// <summary>Whoever knows the PIN could else ask until the signer says yes.</summary>
    [Test]
    public async Task Authorize_RefusedTooOften_IsLockedForAnHour()
    {
        string waiting = await _device.BeginAsync();
        await _device.LockAsync();

        Assert.That(Told(await _device.AuthorizeAsync([World.Digest()])), Is.EqualTo(Locked));
        Assert.That(Told(await _device.CheckAsync(waiting)), Is.EqualTo(Locked));
        _world.Clock.Advance(WaitingApprovalStore.RefusalCounts);

        Assert.That((await _device.AuthorizeAsync([World.Digest()])).Status, Is.EqualTo(202));
    }

    [Test]
    public async Task Authorize_TooManyWait_HasToComeAgain()
    {
        for (int i = 0; i < WaitingApprovalStore.MostWaiting; i++)
        {
            await _device.BeginAsync();
        }

        CscResult refused = await _device.AuthorizeAsync([World.Digest()]);

        Assert.That(Told(refused), Is.EqualTo("429 invalid_request: Too many requests"));
        Assert.That(refused.RetryAfter?.TotalSeconds, Is.InRange(1, 300));
    }

    [Test]
    public async Task List_OfAnotherApplicationOrSigner_IsEmpty()
    {
        ApplicationCreated application = await _world.AddApplicationAsync();
        ApplicationCreated other = await _world.AddApplicationAsync();
        CscClient asking = _signer.Through(application.ApiKey).As(2);
        await asking.SignInAsync();
        CscClient elsewhere = _signer.Through(other.ApiKey).As(2);
        await elsewhere.SignInAsync();
        using CscClient stranger = await _world.NewSignerAsync();
        string handle = await new DeviceCredential(asking, _device.Id).BeginAsync();
        string approval = (string)(await _device.FindWaitingAsync())!["approval"]!;

        Assert.Multiple(async () =>
        {
            foreach (CscClient client in (CscClient[])[elsewhere, stranger])
            {
                DeviceCredential theirs = new(client, _device.Id);
                Assert.That(await theirs.FindWaitingAsync(), Is.Null);
                Assert.That(
                    Told(await theirs.CardAsync("approval_refusals", new JsonObject { ["approval"] = approval })), Is.EqualTo(NothingWaits));
                Assert.That(Told(await theirs.CheckAsync(handle)), Is.EqualTo(UnknownHandle));
            }

            Assert.That(await new DeviceCredential(asking, _device.Id).FindWaitingAsync(), Is.Not.Null, "its own");
        });
        Assert.That((await _device.AnswerAsync()).Status, Is.EqualTo(204), "the card of the signer, which is no application");
        Assert.That((await new DeviceCredential(asking, _device.Id).CheckAsync(handle)).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task Stored_WhileItWaits_TheSadIsNotReadable()
    {
        string handle = await _device.BeginAsync();
        await using ServerDatabase database = World.OpenDatabase(_world.Database);
        WaitingApprovalRow row = await database.WaitingApprovals.AsNoTracking().SingleAsync(a => a.Id == ReferenceCipher.Hash(handle));
        await _device.AnswerAsync();
        string sad = (await _device.CheckAsync(handle)).Sad;
        WaitingApprovalRow after = await database.WaitingApprovals.AsNoTracking().SingleAsync(a => a.Id == row.Id);

        Assert.That(Encoding.Latin1.GetString(row.Sad!), Does.Not.Contain(sad));
        Assert.That(after.Sad, Is.Null, "handed out");
    }

    [Test]
    public async Task CredentialsInfo_OfACredentialWithDevices_NamesTheObject()
    {
        CscResult info = await _signer.As(2).PostAsync(
            "credentials/info", new JsonObject { ["credentialID"] = _device.Id, ["authInfo"] = true });

        JsonNode device = info.Body["auth"]!["objects"]!.AsArray().Single(o => (string?)o!["id"] == "DEVICE")!;
        Assert.That((string?)device["type"], Is.EqualTo("ChallengeResponseOOB"));
    }

    private static string Told(CscResult answer) => $"{answer.Status} {answer.Error}: {answer.Description}";
}
