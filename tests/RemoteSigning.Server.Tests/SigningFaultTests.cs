using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Server.Telemetry;
using RemoteSigning.Server.Tests.Fakes;

namespace RemoteSigning.Server.Tests;

/// <summary>signatures/signHash when a peer is away, refuses, or answers what cannot be believed.</summary>
[NonParallelizable]
public sealed class SigningFaultTests
{
    private const string SignPath = "POST /sam/v1/signatures";

    private const string RefusedForTheSam = "remotesigning_server_refusals_total{error=\"temporarily_unavailable\",cause=\"sam\"}";

    private const string Unavailable =
        "The server is currently unable to handle the request due to a temporary overloading or maintenance of the server.";

    private const string Unknown = "The server cannot tell whether the request was carried out. It is not repeated.";

    private World _world = null!; // Set before the first test; the next two before each.
    private CscClient _client = null!;
    private CredentialCreated _credential = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _world = await World.StartAsync("faults");

    [OneTimeTearDown]
    public async Task StopAsync() => await _world.DisposeAsync();

    [SetUp]
    public async Task PrepareAsync()
    {
        _client = await _world.NewSignerAsync();
        _credential = await _world.EnrollAsync(_client, World.P256());
        _world.Authorization.Outcomes.Clear();
    }

    [TearDown]
    public void CleanUp() => _client.Dispose();

    [Test]
    public async Task SignHash_SamAway_GivesTheUnitsBackAndGoesOnWhenItIsBack()
    {
        string sad = (await _client.AuthorizeAsync(_credential.Id, 1)).Sad;
        await SignOnceAsync();
        await _world.Sam.Host.StopAsync();

        CscResult away = await SignAsync(sad);
        await _world.Sam.Host.StartAsync();
        CscResult back = await SignAsync(sad);

        Assert.Multiple(() =>
        {
            Assert.That(away.Refusal, Is.EqualTo((503, "temporarily_unavailable", Unavailable)));
            Assert.That(_world.Authorization.Outcomes.Select(o => o.Outcome), Is.EqualTo(new[] { ActivationOutcome.NotSent }));
            Assert.That(back.Status, Is.EqualTo(200), back.ToString());
        });
    }

    [Test]
    public async Task SignHash_ConnectionCutAfterSending_IsNotRepeatedAndKeepsTheUnits()
    {
        string sad = (await _client.AuthorizeAsync(_credential.Id, 1)).Sad;
        _world.Sam.CutNextAnswer = true;
        int before = _world.Sam.SignedRecords;
        double unknown = await _world.ReadIncidentsAsync(IncidentNames.OutcomeUnknown);
        double refusals = await _world.ReadMetricAsync(RefusedForTheSam);

        CscResult cut = await SignAsync(sad);
        CscResult again = await SignAsync(sad);

        Assert.Multiple(() =>
        {
            Assert.That(cut.Refusal, Is.EqualTo((503, "temporarily_unavailable", Unknown)));
            Assert.That(_world.Sam.SignedRecords - before, Is.EqualTo(1), "it was carried out once");
            Assert.That(_world.Authorization.Outcomes, Is.Empty);
            Assert.That(again.Refusal, Is.EqualTo((400, "invalid_request", "Invalid parameter SAD")));
        });
        Assert.That(await _world.ReadIncidentsAsync(IncidentNames.OutcomeUnknown) - unknown, Is.EqualTo(1));
        Assert.That(await _world.ReadMetricAsync(RefusedForTheSam) - refusals, Is.EqualTo(1));
    }

    [Test]
    public async Task SignHash_RefusedAndAuthorizationAway_CountsTheLostUnits()
    {
        string sad = (await _client.AuthorizeAsync(_credential.Id, 1)).Sad;
        double before = await _world.ReadIncidentsAsync(IncidentNames.UnitsNotReturned);
        _world.Sam.RefuseNext = (SignPath, ProblemCodes.KeyDisabled, Problem.CredentialUnusable);
        _world.Authorization.RefuseNext = ("activation_outcomes", Problem.Unavailable, ProblemCodes.HsmUnavailable);

        await SignAsync(sad);

        Assert.That(await _world.ReadIncidentsAsync(IncidentNames.UnitsNotReturned) - before, Is.EqualTo(1));
    }

    [Test]
    public async Task SignHash_NewEpoch_MintsOnceMore()
    {
        await SignOnceAsync();
        string sad = (await _client.AuthorizeAsync(_credential.Id, 1)).Sad;
        _world.Sam.Epoch = FakeSam.NewEpoch();
        int before = _world.Authorization.Activations;

        CscResult answer = await SignAsync(sad);

        Assert.Multiple(() =>
        {
            Assert.That(answer.Status, Is.EqualTo(200), answer.ToString());
            Assert.That(_world.Authorization.Activations - before, Is.EqualTo(2));
            Assert.That(_world.Authorization.Outcomes.Single().Outcome, Is.EqualTo(ActivationOutcome.Refused));
            Assert.That(_world.Authorization.Outcomes.Single().Evidence!.Record, Does.Contain(ProblemCodes.SadWrongEpoch));
        });
    }

    /// <param name="reports">How many give the unit back: a second one that proves no unused SAD asks for more than was approved.</param>
    [TestCase(ProblemCodes.SadWrongEpoch, 1)]
    [TestCase(ProblemCodes.SadWrongNode, 2)]
    [TestCase(ProblemCodes.SadExpired, 1)]
    public async Task SignHash_StillAnotherEpoch_GivesUpAfterTheSecondTry(string code, int reports)
    {
        await SignOnceAsync();
        string sad = (await _client.AuthorizeAsync(_credential.Id, 1)).Sad;
        int before = _world.Authorization.Activations;
        _world.Sam.RefuseAlways = (SignPath, code, Problem.NotAllowed);

        CscResult answer = await SignAsync(sad);
        _world.Sam.RefuseAlways = null;

        Assert.Multiple(() =>
        {
            Assert.That(answer.Refusal, Is.EqualTo((503, "temporarily_unavailable", Unavailable)));
            Assert.That(_world.Authorization.Activations - before, Is.EqualTo(2));
            Assert.That(_world.Authorization.Outcomes, Has.Count.EqualTo(reports));
        });
        Assert.That((await SignAsync(sad)).Status, Is.EqualTo(reports == 2 ? 200 : 400));
    }

    [TestCase(ProblemCodes.HsmUnavailable, Problem.Unavailable, 503, "temporarily_unavailable")]
    [TestCase(ProblemCodes.KeyOutdated, Problem.CredentialUnusable, 503, "temporarily_unavailable")]
    [TestCase(ProblemCodes.KeyDisabled, Problem.CredentialUnusable, 400, "invalid_request")]
    [TestCase(ProblemCodes.KeyExpired, Problem.CredentialUnusable, 400, "invalid_request")]
    [TestCase(ProblemCodes.SadWrongSet, Problem.NotAllowed, 500, "server_error")]
    [TestCase(ProblemCodes.IntegrityError, Problem.InvalidRequest, 500, "server_error")]
    public async Task SignHash_RefusedBySam_GivesTheUnitsBackWithTheEvidence(string code, Problem problem, int status, string error)
    {
        string sad = (await _client.AuthorizeAsync(_credential.Id, 1)).Sad;
        _world.Sam.RefuseNext = (SignPath, code, problem);

        CscResult refused = await SignAsync(sad);
        CscResult after = await SignAsync(sad);

        Assert.Multiple(() =>
        {
            Assert.That((refused.Status, refused.Error), Is.EqualTo((status, error)));
            Assert.That(_world.Authorization.Outcomes.Single().Evidence!.Record, Does.Contain(code));
            Assert.That(after.Status, Is.EqualTo(200), after.ToString());
        });
    }

    [TestCase(ProblemCodes.AuditUnavailable, Problem.Unavailable, 503, "temporarily_unavailable")]
    [TestCase(ProblemCodes.SadUsed, Problem.NotAllowed, 500, "server_error")]
    [TestCase(ProblemCodes.RoleForbidden, Problem.NotAllowed, 500, "server_error")]
    public async Task SignHash_RefusedWithoutProofThatNothingWasSigned_KeepsTheUnits(
        string code, Problem problem, int status, string error)
    {
        string sad = (await _client.AuthorizeAsync(_credential.Id, 1)).Sad;
        _world.Sam.RefuseNext = (SignPath, code, problem);

        CscResult refused = await SignAsync(sad);
        CscResult after = await SignAsync(sad);

        Assert.Multiple(() =>
        {
            Assert.That((refused.Status, refused.Error), Is.EqualTo((status, error)));
            Assert.That(_world.Authorization.Outcomes, Is.Empty);
            Assert.That(after.Refusal, Is.EqualTo((400, "invalid_request", "Invalid parameter SAD")));
        });
    }

    private static IEnumerable<TestCaseData> Forgeries()
    {
        yield return Forgery("one signature less", s => s with { Values = [.. s.Values.Skip(1)] });
        yield return Forgery("one more", s => s with { Values = [.. s.Values, s.Values[0]] });
        yield return Forgery("exchanged", s => s with { Values = [.. s.Values.Reverse()] });
        yield return Forgery("a bit flipped", s => s with { Values = [Flip(s.Values[0]), s.Values[1]] });
        yield return Forgery("no proof", s => s with { Audit = null });
        yield return Forgery("another record", s => s with { Audit = s.Audit! with { Record = s.Audit.Record.Replace("sign", "sing", StringComparison.Ordinal) } });
        yield return Forgery("another place", s => s with { Audit = s.Audit! with { Index = s.Audit.Index - 1 } });
        yield return Forgery("a longer path", s => s with { Audit = s.Audit! with { Path = [.. s.Audit.Path, new byte[32]] } });
        yield return Forgery("an unsigned head", s => s with { Audit = s.Audit! with { Head = s.Audit.Head with { Signature = Flip(s.Audit.Head.Signature) } } });
        yield return Forgery("another size", s => s with { Audit = s.Audit! with { Head = s.Audit.Head with { TreeSize = s.Audit.Head.TreeSize + 1 } } });

        static TestCaseData Forgery(string name, Func<Signatures, Signatures> forge) => new TestCaseData(forge).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Forgeries))]
    public async Task SignHash_AnswerThatCannotBeBelieved_LetsNothingOut(Func<Signatures, Signatures> forge)
    {
        byte[][] hashes = [World.Digest(), World.Digest()];
        string sad = (await _client.AuthorizeAsync(_credential.Id, 2)).Sad;
        _world.Sam.ForgeNext = forge;
        double before = await _world.ReadIncidentsAsync(IncidentNames.AnswerDisbelieved);

        CscResult answer = await _client.SignAsync(_credential.Id, sad, hashes, Oids.EcdsaWithSha256);

        Assert.Multiple(() =>
        {
            Assert.That((answer.Status, answer.Error), Is.EqualTo((500, "server_error")), answer.ToString());
            Assert.That(answer.Body.ContainsKey("signatures"), Is.False);
            Assert.That(_world.Authorization.Outcomes, Is.Empty, "a signature may exist: the units stay taken");
        });
        Assert.That(await _world.FindReceiptAsync(hashes[0]), Is.Null);
        Assert.That(await _world.ReadIncidentsAsync(IncidentNames.AnswerDisbelieved) - before, Is.EqualTo(1));
    }

    [Test]
    public async Task SignHash_RecordOfAnotherRequest_LetsNothingOut()
    {
        string sad = (await _client.AuthorizeAsync(_credential.Id, 2)).Sad;
        Signatures? earlier = null;
        _world.Sam.ForgeNext = s => earlier = s;
        await SignAsync(sad);
        _world.Sam.ForgeNext = s => s with { Audit = earlier!.Audit };

        CscResult answer = await SignAsync(sad);

        Assert.That((answer.Status, answer.Error), Is.EqualTo((500, "server_error")));
    }

    [Test]
    public async Task SignHash_AuthorizationAway_IsUnavailable()
    {
        string sad = (await _client.AuthorizeAsync(_credential.Id, 1)).Sad;
        await _world.Authorization.Host.StopAsync();

        CscResult away = await SignAsync(sad);
        await _world.Authorization.Host.StartAsync();
        CscResult back = await SignAsync(sad);

        Assert.That(away.Refusal, Is.EqualTo((503, "temporarily_unavailable", Unavailable)));
        Assert.That(back.Status, Is.EqualTo(200), back.ToString());
    }

    [Test]
    public async Task SignHash_CertificateExpired_NamesIt()
    {
        string sad = (await _client.AuthorizeAsync(_credential.Id, 1)).Sad;
        _world.Clock.Advance(TimeSpan.FromDays(366));

        CscResult sign = await SignAsync(sad);
        CscResult authorize = await _client.AuthorizeAsync(_credential.Id, 1);
        CscResult info = await _client.PostAsync("credentials/info", $$"""{"credentialID":"{{_credential.Id}}"}""");
        _world.Clock.Advance(TimeSpan.FromDays(-366));

        Assert.Multiple(() =>
        {
            Assert.That(sign.Refusal, Is.EqualTo((400, "invalid_request", "Signing certificate 'CN=Sample Signer' is expired.")));
            Assert.That(authorize.Refusal, Is.EqualTo((400, "invalid_request", "Invalid certificate status")));
            Assert.That((string?)info.Body["cert"]!["status"], Is.EqualTo("expired"));
        });
    }

    [Test]
    public async Task EveryRequestToTheSam_TellsTheNewestHead_AlsoAfterARestart()
    {
        await SignOnceAsync();
        int size = _world.Sam.Log.Records.Count;
        await _world.RestartServerAsync();
        _world.Sam.Heads.Clear();

        await SignOnceAsync();

        Assert.That(_world.Sam.Heads, Is.Not.Empty);
        Assert.That(_world.Sam.Heads[0], Does.StartWith($"{size}."));
    }

    [Test]
    public async Task SignHash_ParallelCalls_AllSucceedWithSomeHeadOfTheLog()
    {
        CscResult authorized = await _client.AuthorizeAsync(_credential.Id, 40);
        int before = _world.Sam.SignedRecords;

        CscResult[] answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => SignAsync(authorized.Sad)));

        Assert.That(answers.Select(a => a.Status), Is.All.EqualTo(200));
        Assert.That(_world.Sam.SignedRecords - before, Is.EqualTo(40));
    }

    [TestCase(Problem.PinLocked, ProblemCodes.PinLocked, 400, "invalid_request", "PIN locked")]
    [TestCase(Problem.PinIncorrect, ProblemCodes.PinInvalid, 400, "invalid_pin", "The PIN is invalid")]
    [TestCase(Problem.PinLocked, ProblemCodes.OtpLocked, 400, "invalid_request", "OTP locked")]
    [TestCase(Problem.PinIncorrect, ProblemCodes.OtpInvalid, 400, "invalid_otp", "The OTP is invalid")]
    [TestCase(Problem.NotSignedIn, ProblemCodes.TokenExpired, 401, "expired_token", "The access or refresh token is expired or has been revoked.")]
    [TestCase(Problem.UnknownKey, ProblemCodes.CredentialUnknown, 400, "invalid_request", "Invalid parameter credentialID")]
    [TestCase(Problem.Unavailable, ProblemCodes.HsmUnavailable, 503, "temporarily_unavailable", Unavailable)]
    [TestCase(Problem.NotAllowed, ProblemCodes.RoleForbidden, 500, "server_error", "The server encountered an unexpected condition that prevented it from fulfilling the request.")]
    public async Task Authorize_RefusedByAuthorization_IsPutInWordsOfCsc(
        Problem problem, string code, int status, string error, string description)
    {
        _world.Authorization.RefuseNext = ("transactions", problem, code);

        CscResult answer = await _client.AuthorizeAsync(_credential.Id, 1);

        Assert.That(answer.Refusal, Is.EqualTo((status, error, description)));
    }

    [TestCase(Problem.NotAllowed, ProblemCodes.SadExpired, "SAD expired")]
    [TestCase(Problem.NotAllowed, ProblemCodes.SadInvalid, "Invalid parameter SAD")]
    [TestCase(Problem.NotAllowed, ProblemCodes.HashNotAuthorized, "Hash is not authorized by the SAD.")]
    [TestCase(Problem.LimitReached, ProblemCodes.CountTooHigh, "Numbers of signatures is too high")]
    public async Task SignHash_RefusedByAuthorization_IsPutInWordsOfCsc(Problem problem, string code, string description)
    {
        string sad = (await _client.AuthorizeAsync(_credential.Id, 1)).Sad;
        _world.Authorization.RefuseNext = ("activations", problem, code);

        CscResult answer = await SignAsync(sad);

        Assert.That(answer.Refusal, Is.EqualTo((400, "invalid_request", description)));
    }

    private async Task SignOnceAsync()
    {
        CscResult authorized = await _client.AuthorizeAsync(_credential.Id, 1);
        CscResult signed = await SignAsync(authorized.Sad);
        Assert.That(signed.Status, Is.EqualTo(200), signed.ToString());
    }

    private Task<CscResult> SignAsync(string sad) => _client.SignAsync(_credential.Id, sad, [World.Digest()], Oids.EcdsaWithSha256);

    private static byte[] Flip(byte[] bytes)
    {
        byte[] copy = [.. bytes];
        copy[^1] ^= 1;
        return copy;
    }
}
