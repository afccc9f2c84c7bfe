using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>
/// The authorization server's interface to the SSA with everything in memory; its SADs are real. It is held to the contract of the real one
/// (<see cref="FakeAuthorizationTests"/>) but for what that leaves open: one-time codes are always the same one, and are never used up.
/// </summary>
internal sealed class FakeAuthorization : IAsyncDisposable
{
    public const string Pin = "12345678";
    public const string Otp = "246810";
    public const string Issuer = "as-fake";

    private const int ActivationSeconds = 45;
    private const int MostSignatures = 1000;
    private static readonly TimeSpan LongestApproval = TimeSpan.FromMinutes(14);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly FakeSessions _sessions;
    private readonly Dictionary<string, ECDsa> _nodes = [];
    private readonly Dictionary<string, CredentialRegistration> _credentials = [];
    private readonly Dictionary<string, FakeTransaction> _transactions = [];
    private readonly Dictionary<string, FakeActivation> _activations = [];
    private readonly Dictionary<string, FakeApproval> _approvals = [];

    public FakeAuthorization(TlsIdentity identity)
    {
        Host = new FakeHost(identity, HandleAsync);
        _sessions = new FakeSessions(Clock);
    }

    public FakeHost Host { get; }

    public ManualClock Clock { get; } = new(DateTimeOffset.UtcNow);

    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Refuses the next request at this path.</summary>
    public (string Path, Problem Problem, string Code)? RefuseNext { get; set; }

    /// <summary>Cuts the connection of the next request.</summary>
    public bool CutNext { get; set; }

    /// <summary>Mints for this application, whoever asks.</summary>
    public string? MintFor { get; set; }

    /// <summary>Codes that were asked for.</summary>
    public List<OneTimeCodeRequest> SentCodes { get; } = [];

    /// <summary>Notices that were asked for.</summary>
    public ConcurrentQueue<ApprovalNoticeRequest> Notices { get; } = [];

    public List<ActivationOutcome> Outcomes { get; } = [];

    public int Activations { get; private set; }

    /// <summary>How often it was asked whom a token stands for.</summary>
    public int TokenQueries { get; private set; }

    public IReadOnlyDictionary<string, CredentialRegistration> Credentials => _credentials;

    /// <summary>Mints for this SAM from now on, and believes what it proves.</summary>
    public void AddNode(string node, ECDsa auditKey) => _nodes[node] = auditKey;

    /// <summary>Kills an access token without telling anybody, as a revocation through another server would.</summary>
    public void Kill(string token) => _sessions.Kill(token);

    /// <returns>The signer's id.</returns>
    public string AddAccount(string email, string password) => _sessions.AddAccount(email, password).Signer;

    /// <summary>From now on devices approve with this credential.</summary>
    public void DemandDevices(string credential) => _credentials[credential] = _credentials[credential] with { Policy = KeyPolicies.Device };

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        Key.Dispose();
        _gate.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        await _gate.WaitAsync(context.RequestAborted);
        try
        {
            string path = context.Request.Path;
            if (CutNext)
            {
                CutNext = false;
                context.Abort();
                return;
            }

            if (RefuseNext is { } refusal && path.EndsWith(refusal.Path, StringComparison.Ordinal))
            {
                RefuseNext = null;
                throw new FakeRefusal(refusal.Problem, refusal.Code);
            }

            await RouteAsync(context, path);
        }
        catch (FakeRefusal refusal)
        {
            if (refusal.Code is ProblemCodes.OtpTooSoon or ProblemCodes.OtpTooOften)
            {
                context.Response.Headers.RetryAfter = "17";
            }

            await FakeHost.RefuseAsync(context, refusal.Status, refusal.Problem, refusal.Code);
        }
        finally
        {
            _gate.Release();
        }
    }

    private Task RouteAsync(HttpContext context, string path) => path switch
    {
        "/authorization/v1/sessions" => SignInAsync(context),
        "/authorization/v1/session_refreshes" => RefreshAsync(context),
        "/authorization/v1/token_states" => StateAsync(context),
        "/authorization/v1/token_revocations" => RevokeAsync(context),
        "/authorization/v1/pin_verifications" => VerifyPinAsync(context),
        "/authorization/v1/one_time_codes" => SendCodeAsync(context),
        "/authorization/v1/credentials" => RegisterAsync(context),
        "/authorization/v1/transactions" => BeginAsync(context),
        "/authorization/v1/transaction_extensions" => ExtendAsync(context),
        "/authorization/v1/approvals" => PrepareAsync(context),
        "/authorization/v1/approval_notices" => TellOfApprovalAsync(context),
        "/authorization/v1/activations" => ActivateAsync(context),
        "/authorization/v1/activation_outcomes" => ReportAsync(context),
        _ => throw new FakeRefusal(404, Problem.InvalidRequest, ProblemCodes.NotFound),
    };

    private async Task SignInAsync(HttpContext context)
    {
        SessionRequest request = await FakeHost.ReadAsync(context, AuthorizationJson.Default.SessionRequest);
        await FakeHost.WriteAsync(context, 201, _sessions.SignIn(request), AuthorizationJson.Default.Session);
    }

    private async Task RefreshAsync(HttpContext context)
    {
        SessionRefresh request = await FakeHost.ReadAsync(context, AuthorizationJson.Default.SessionRefresh);
        await FakeHost.WriteAsync(context, 201, _sessions.Refresh(request), AuthorizationJson.Default.Session);
    }

    private async Task StateAsync(HttpContext context)
    {
        TokenQueries++;
        TokenQuery request = await FakeHost.ReadAsync(context, AuthorizationJson.Default.TokenQuery);
        FakeToken token = _sessions.FindAccess(request.AccessToken);
        FakeAccount account = token.Grant.Account;
        var state = new TokenState(
            account.Signer, account.Email, token.Grant.ClientId, token.ExpiresAt.ToUnixTimeSeconds(), "s***@example.com", "+***78");
        await FakeHost.WriteAsync(context, 200, state, AuthorizationJson.Default.TokenState);
    }

    private async Task SendCodeAsync(HttpContext context)
    {
        OneTimeCodeRequest request = await FakeHost.ReadAsync(context, AuthorizationJson.Default.OneTimeCodeRequest);
        Demand(request.NumSignatures is null or (>= 1 and <= MostSignatures), Problem.InvalidRequest, ProblemCodes.Malformed);
        (_, CredentialRegistration credential) = FindOwn(request.AccessToken, request.CredentialId);
        Demand(credential is { AuthMode: "explicit", OtpChannel: not null }, Problem.NotAllowed, ProblemCodes.NotAllowed);
        SentCodes.Add(request);
        await FakeHost.WriteAsync(
            context, 201, new OneTimeCode(credential.OtpChannel!, "s***@example.com", 300), AuthorizationJson.Default.OneTimeCode);
    }

    private async Task TellOfApprovalAsync(HttpContext context)
    {
        ApprovalNoticeRequest request = await FakeHost.ReadAsync(context, AuthorizationJson.Default.ApprovalNoticeRequest);
        Demand(request.NumSignatures is >= 1 and <= MostSignatures, Problem.InvalidRequest, ProblemCodes.Malformed);
        (_, CredentialRegistration credential) = FindOwn(request.AccessToken, request.CredentialId);
        Demand(credential.Policy == KeyPolicies.Device, Problem.NotAllowed, ProblemCodes.NotAllowed);
        Notices.Enqueue(request);
        await FakeHost.WriteAsync(context, 200, new ApprovalNotice(ApprovalNotice.Sent), AuthorizationJson.Default.ApprovalNotice);
    }

    private async Task RevokeAsync(HttpContext context)
    {
        _sessions.Revoke(await FakeHost.ReadAsync(context, AuthorizationJson.Default.TokenRevocation));
        context.Response.StatusCode = 204;
    }

    private async Task VerifyPinAsync(HttpContext context)
    {
        PinVerification request = await FakeHost.ReadAsync(context, AuthorizationJson.Default.PinVerification);
        _sessions.FindAccess(request.AccessToken).Grant.Account.CheckPin(request.Pin);
        context.Response.StatusCode = 204;
    }

    private async Task RegisterAsync(HttpContext context)
    {
        CredentialRegistration request = await FakeHost.ReadAsync(context, AuthorizationJson.Default.CredentialRegistration);
        bool isWellFormed = request is
        {
            Scal: "1" or "2", AuthMode: "explicit" or "oauth2code", Policy: KeyPolicies.Delegated or KeyPolicies.Device,
            Multisign: >= 1 and <= MostSignatures,
        };
        bool hasFactors = request is not { AuthMode: "explicit", Pin: false, Otp: false } and not { OtpChannel: not null, Otp: false };
        Demand(isWellFormed && hasFactors, Problem.InvalidRequest, ProblemCodes.Malformed);
        Demand(_sessions.HasSigner(request.Signer), Problem.InvalidRequest, ProblemCodes.NotFound);
        bool isNew = request.Policy == KeyPolicies.Delegated && _credentials.Values.All(c => c.KeyId != request.KeyId);
        Demand(isNew && _credentials.TryAdd(request.CredentialId, request), Problem.InvalidRequest, ProblemCodes.Conflict);
        context.Response.StatusCode = 201;
    }

    private async Task BeginAsync(HttpContext context)
    {
        TransactionRequest request = await FakeHost.ReadAsync(context, AuthorizationJson.Default.TransactionRequest);
        (FakeGrant grant, CredentialRegistration credential) = FindOwn(request.AccessToken, request.CredentialId);
        DemandApprovable(credential, request);
        if (credential.Pin)
        {
            grant.Account.CheckPin(request.Pin);
        }

        if (credential.Otp)
        {
            grant.Account.CheckOtp(request.Otp);
        }

        await AnswerAsync(context, new FakeTransaction(grant.ClientId, credential, request, Clock.GetUtcNow()));
    }

    private static void DemandApprovable(CredentialRegistration credential, TransactionRequest request)
    {
        Demand(credential.AuthMode == "explicit", Problem.NotAllowed, ProblemCodes.NotAllowed);
        Demand(request.NumSignatures >= 1, Problem.InvalidRequest, ProblemCodes.Malformed);
        Demand(request.NumSignatures <= credential.Multisign, Problem.LimitReached, ProblemCodes.CountTooHigh);
        if (credential.Scal == "2")
        {
            int given = request.Hashes?.Count ?? 0;
            Demand(given >= request.NumSignatures, Problem.InvalidRequest, ProblemCodes.HashMissing);
            Demand(given == request.NumSignatures, Problem.LimitReached, ProblemCodes.CountTooHigh);
            FakeEntries.Demand(request.Hashes!, request.HashAlgorithm);
        }

        Demand(!credential.Pin || !string.IsNullOrEmpty(request.Pin), Problem.InvalidRequest, ProblemCodes.PinMissing);
        Demand(!credential.Otp || !string.IsNullOrEmpty(request.Otp), Problem.InvalidRequest, ProblemCodes.OtpMissing);
    }

    private async Task ExtendAsync(HttpContext context)
    {
        TransactionExtension request = await FakeHost.ReadAsync(context, AuthorizationJson.Default.TransactionExtension);
        FakeTransaction transaction = FindLive(request.Sad, request.CredentialId, request.AccessToken);
        transaction.Extend(request, Clock.GetUtcNow());
        _transactions.Remove(request.Sad);
        await AnswerAsync(context, transaction);
    }

    private Task AnswerAsync(HttpContext context, FakeTransaction transaction)
    {
        string sad = FakeSessions.NewToken();
        _transactions[sad] = transaction;
        return FakeHost.WriteAsync(context, 201, new Transaction(sad, SecondsTo(transaction.ExpiresAt)), AuthorizationJson.Default.Transaction);
    }

    private FakeTransaction FindLive(string sad, string credential, string token, bool mayBeUsedUp = false)
    {
        FakeGrant grant = _sessions.FindAccess(token).Grant;
        Demand(
            _transactions.TryGetValue(sad, out FakeTransaction? transaction) && transaction.Signer == grant.Account.Signer
                && transaction.ClientId == grant.ClientId && transaction.CredentialId == credential && (transaction.Left > 0 || mayBeUsedUp),
            Problem.InvalidRequest,
            ProblemCodes.SadInvalid);
        Demand(transaction!.ExpiresAt > Clock.GetUtcNow(), Problem.InvalidRequest, ProblemCodes.SadExpired);
        return transaction;
    }

    private async Task PrepareAsync(HttpContext context)
    {
        ActivationRequest request = await FakeHost.ReadAsync(context, AuthorizationJson.Default.ActivationRequest);
        Demand(request.Approval is null, Problem.InvalidRequest, ProblemCodes.Malformed);
        FakeTransaction transaction = FindLive(request.Sad, request.CredentialId, request.AccessToken);
        Demand(HasDevices(transaction), Problem.NotAllowed, ProblemCodes.NotAllowed);
        Take(transaction, request);
        string id = Guid.NewGuid().ToString("N");
        DateTimeOffset latest = Clock.GetUtcNow() + LongestApproval;
        DateTimeOffset end = transaction.ExpiresAt < latest ? transaction.ExpiresAt : latest;
        string content = Content(request, transaction, $"{transaction.Id}.{id}", end);
        _approvals[id] = new FakeApproval(transaction, request, content, end);
        await FakeHost.WriteAsync(
            context, 201, new ApprovalContent(id, content, SecondsTo(end)), AuthorizationJson.Default.ApprovalContent);
    }

    private async Task ActivateAsync(HttpContext context)
    {
        ActivationRequest request = await FakeHost.ReadAsync(context, AuthorizationJson.Default.ActivationRequest);
        FakeTransaction transaction = FindLive(request.Sad, request.CredentialId, request.AccessToken, mayBeUsedUp: request.Approval is not null);
        Activations++;
        FakeApproval? approval = UseApproval(transaction, request);
        if (approval is null)
        {
            Take(transaction, request);
        }

        string jti = FakeSessions.NewToken();
        _activations[jti] = new FakeActivation(request.Node, transaction, request.Entries, approval);
        await FakeHost.WriteAsync(
            context, 201, new Activation(jti, Mint(request, transaction, jti, approval?.Content)), AuthorizationJson.Default.Activation);
    }

    /// <returns>Null for a credential without devices.</returns>
    private FakeApproval? UseApproval(FakeTransaction transaction, ActivationRequest request)
    {
        bool hasDevices = HasDevices(transaction);
        Demand(!hasDevices || request.Approval is not null, Problem.InvalidRequest, ProblemCodes.DeviceMissing);
        Demand(hasDevices || request.Approval is null, Problem.InvalidRequest, ProblemCodes.ContentUnknown);
        if (request.Approval is null)
        {
            return null;
        }

        FakeApproval? approval = _approvals.GetValueOrDefault(request.Approval);
        Demand(approval?.IsFor(transaction, request) == true, Problem.InvalidRequest, ProblemCodes.ContentUnknown);
        approval!.Use(Clock.GetUtcNow());
        return approval;
    }

    private void Take(FakeTransaction transaction, ActivationRequest request)
    {
        Demand(_nodes.ContainsKey(request.Node), Problem.InvalidRequest, ProblemCodes.SadWrongNode);
        Demand(
            request.Epoch.Length == 32 && request.Epoch.All(char.IsAsciiHexDigitLower), Problem.InvalidRequest, ProblemCodes.Malformed);
        FakeEntries.Demand(request.Entries);
        transaction.Take(request.Entries);
    }

    private bool HasDevices(FakeTransaction transaction) => _credentials[transaction.CredentialId].Policy == KeyPolicies.Device;

    private int SecondsTo(DateTimeOffset end) => (int)(end - Clock.GetUtcNow()).TotalSeconds;

    private string Content(ActivationRequest request, FakeTransaction transaction, string name, DateTimeOffset end) => FakeMint.Content(
        request, transaction, _credentials[transaction.CredentialId].KeyId, name, MintFor ?? transaction.ClientId, end.ToUnixTimeSeconds());

    private string Mint(ActivationRequest request, FakeTransaction transaction, string jti, string? approved)
    {
        DateTimeOffset now = Clock.GetUtcNow();
        string content = approved ?? Content(request, transaction, transaction.Id, now.AddSeconds(ActivationSeconds));
        return FakeMint.Mint(request, _credentials[transaction.CredentialId], jti, content, now.ToUnixTimeSeconds(), ActivationSeconds, Key);
    }

    private async Task ReportAsync(HttpContext context)
    {
        ActivationOutcome outcome = await FakeHost.ReadAsync(context, AuthorizationJson.Default.ActivationOutcome);
        Demand(
            outcome.Outcome is ActivationOutcome.NotSent or ActivationOutcome.Refused, Problem.InvalidRequest, ProblemCodes.Malformed);
        Demand(_activations.TryGetValue(outcome.Jti, out FakeActivation? activation), Problem.InvalidRequest, ProblemCodes.NotFound);
        Demand(!activation!.IsReported, Problem.InvalidRequest, ProblemCodes.Conflict);
        Demand(activation.Transaction.ExpiresAt > Clock.GetUtcNow(), Problem.InvalidRequest, ProblemCodes.SadExpired);
        bool isConclusive = outcome.Outcome == ActivationOutcome.Refused
            && FakeEvidence.IsConclusive(outcome.Evidence, outcome.Jti, activation.Node, _nodes[activation.Node]);
        Demand(activation.Approval is not { IsClosed: true }, Problem.InvalidRequest, ProblemCodes.Conflict);
        activation.Transaction.GiveBack(activation.Entries, isConclusive && activation.Approval is null or { Minted: 1 });
        activation.IsReported = true;
        if (activation.Approval is { } approval)
        {
            approval.IsClosed = true;
        }

        Outcomes.Add(outcome);
        context.Response.StatusCode = 204;
    }

    private (FakeGrant Grant, CredentialRegistration Credential) FindOwn(string token, string id)
    {
        FakeGrant grant = _sessions.FindAccess(token).Grant;
        Demand(
            _credentials.TryGetValue(id, out CredentialRegistration? credential) && credential.Signer == grant.Account.Signer,
            Problem.UnknownKey,
            ProblemCodes.CredentialUnknown);
        return (grant, credential!);
    }

    private static void Demand(bool holds, Problem problem, string code) => FakeRefusal.Unless(holds, problem, code);
}
