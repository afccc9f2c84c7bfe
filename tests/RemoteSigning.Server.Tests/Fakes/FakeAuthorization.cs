using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>The authorization server's interface to the SSA with everything in memory; its SADs are real.</summary>
internal sealed class FakeAuthorization : IAsyncDisposable
{
    public const string Pin = "12345678";
    public const string Otp = "246810";

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<string, (string Password, string Signer)> _accounts = [];
    private readonly Dictionary<string, string> _tokens = [];
    private readonly Dictionary<string, string> _refreshTokens = [];
    private readonly Dictionary<string, string> _clients = [];
    private readonly Dictionary<string, CredentialRegistration> _credentials = [];
    private readonly Dictionary<string, FakeTransaction> _transactions = [];
    private readonly Dictionary<string, (FakeTransaction Transaction, IReadOnlyList<byte[]> Hashes)> _activations = [];
    private readonly Dictionary<string, (FakeTransaction Transaction, string Content)> _approvals = [];

    public FakeAuthorization(TlsIdentity identity) => Host = new FakeHost(identity, HandleAsync);

    public FakeHost Host { get; }

    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Refuses the next request at this path.</summary>
    public (string Path, Problem Problem, string Code)? RefuseNext { get; set; }

    /// <summary>Mints for this application, whoever asks.</summary>
    public string? MintFor { get; set; }

    /// <summary>Codes that were asked for.</summary>
    public List<OneTimeCodeRequest> SentCodes { get; } = [];

    public List<ActivationOutcome> Outcomes { get; } = [];

    public int Activations { get; private set; }

    /// <summary>How often it was asked whom a token stands for.</summary>
    public int TokenQueries { get; private set; }

    /// <summary>Kills an access token without telling anybody, as a revocation through another server would.</summary>
    public void Kill(string token) => _tokens.Remove(token);

    public IReadOnlyDictionary<string, CredentialRegistration> Credentials => _credentials;

    public string AddAccount(string email, string password)
    {
        string signer = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        _accounts[email] = (password, signer);
        return signer;
    }

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
            if (RefuseNext is { } refusal && path.EndsWith(refusal.Path, StringComparison.Ordinal))
            {
                RefuseNext = null;
                throw new FakeRefusal(400, refusal.Problem, refusal.Code);
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
        "/authorization/v1/activations" => ActivateAsync(context),
        "/authorization/v1/activation_outcomes" => ReportAsync(context),
        _ => throw new FakeRefusal(404, Problem.InvalidRequest, ProblemCodes.NotFound),
    };

    private async Task SignInAsync(HttpContext context)
    {
        SessionRequest request = await FakeHost.ReadAsync(context, AuthorizationJson.Default.SessionRequest);
        Demand(
            _accounts.TryGetValue(request.Login, out var account) && account.Password == request.Password,
            Problem.NotSignedIn,
            ProblemCodes.LoginFailed);
        await AnswerSessionAsync(context, account.Signer, request.ClientId, request.RememberMe);
    }

    private async Task RefreshAsync(HttpContext context)
    {
        SessionRefresh request = await FakeHost.ReadAsync(context, AuthorizationJson.Default.SessionRefresh);
        Demand(
            _clients.GetValueOrDefault(request.RefreshToken) == request.ClientId && _refreshTokens.ContainsKey(request.RefreshToken),
            Problem.NotSignedIn,
            ProblemCodes.TokenInvalid);
        _refreshTokens.Remove(request.RefreshToken, out string? signer);
        await AnswerSessionAsync(context, signer!, request.ClientId, remember: true);
    }

    private Task AnswerSessionAsync(HttpContext context, string signer, string client, bool remember)
    {
        string token = NewToken();
        _tokens[token] = signer;
        _clients[token] = client;
        string? refresh = null;
        if (remember)
        {
            refresh = NewToken();
            _refreshTokens[refresh] = signer;
            _clients[refresh] = client;
        }

        return FakeHost.WriteAsync(context, 201, new Session(token, refresh, 3600), AuthorizationJson.Default.Session);
    }

    private async Task StateAsync(HttpContext context)
    {
        TokenQueries++;
        TokenQuery request = await FakeHost.ReadAsync(context, AuthorizationJson.Default.TokenQuery);
        string signer = Signer(request.AccessToken);
        string email = _accounts.Single(a => a.Value.Signer == signer).Key;
        await FakeHost.WriteAsync(
            context,
            200,
            new TokenState(signer, email, _clients[request.AccessToken], long.MaxValue, "s***@example.com", "+***78"),
            AuthorizationJson.Default.TokenState);
    }

    private async Task SendCodeAsync(HttpContext context)
    {
        OneTimeCodeRequest request = await FakeHost.ReadAsync(context, AuthorizationJson.Default.OneTimeCodeRequest);
        CredentialRegistration credential = Credential(request.AccessToken, request.CredentialId);
        Demand(credential.OtpChannel is not null, Problem.NotAllowed, ProblemCodes.NotAllowed);
        SentCodes.Add(request);
        await FakeHost.WriteAsync(
            context, 201, new OneTimeCode(credential.OtpChannel!, "s***@example.com", 300), AuthorizationJson.Default.OneTimeCode);
    }

    private async Task RevokeAsync(HttpContext context)
    {
        TokenRevocation request = await FakeHost.ReadAsync(context, AuthorizationJson.Default.TokenRevocation);
        string signer = Signer(request.AccessToken);
        bool isAccess = _tokens.TryGetValue(request.Token, out string? owner) && owner == signer;
        bool isRefresh = _refreshTokens.TryGetValue(request.Token, out owner) && owner == signer;
        bool isSameClient = _clients.GetValueOrDefault(request.Token) == _clients[request.AccessToken];
        Demand(isSameClient && (isAccess || isRefresh), Problem.InvalidRequest, ProblemCodes.NotFound);
        _tokens.Remove(request.Token);
        _refreshTokens.Remove(request.Token);
        context.Response.StatusCode = 204;
    }

    private async Task VerifyPinAsync(HttpContext context)
    {
        PinVerification request = await FakeHost.ReadAsync(context, AuthorizationJson.Default.PinVerification);
        Signer(request.AccessToken);
        Demand(request.Pin == Pin, Problem.PinIncorrect, ProblemCodes.PinInvalid);
        context.Response.StatusCode = 204;
    }

    private async Task RegisterAsync(HttpContext context)
    {
        CredentialRegistration request = await FakeHost.ReadAsync(context, AuthorizationJson.Default.CredentialRegistration);
        Demand(_credentials.TryAdd(request.CredentialId, request), Problem.InvalidRequest, ProblemCodes.Conflict);
        context.Response.StatusCode = 201;
    }

    private async Task BeginAsync(HttpContext context)
    {
        TransactionRequest request = await FakeHost.ReadAsync(context, AuthorizationJson.Default.TransactionRequest);
        CredentialRegistration credential = Credential(request.AccessToken, request.CredentialId);
        Demand(request.NumSignatures <= credential.Multisign, Problem.LimitReached, ProblemCodes.CountTooHigh);
        Demand(!credential.Pin || request.Pin is not null, Problem.InvalidRequest, ProblemCodes.PinMissing);
        Demand(!credential.Pin || request.Pin == Pin, Problem.PinIncorrect, ProblemCodes.PinInvalid);
        Demand(!credential.Otp || request.Otp is not null, Problem.InvalidRequest, ProblemCodes.OtpMissing);
        Demand(!credential.Otp || request.Otp == Otp, Problem.PinIncorrect, ProblemCodes.OtpInvalid);
        Demand(credential.Scal == "1" || request.Hashes is not null, Problem.InvalidRequest, ProblemCodes.HashMissing);
        string sad = NewToken();
        _transactions[sad] = new FakeTransaction(credential.Signer, credential, request.NumSignatures, credential.Scal == "2" ? request.Hashes : null)
        {
            ClientId = _clients[request.AccessToken],
        };
        await FakeHost.WriteAsync(context, 201, new Transaction(sad, 3600), AuthorizationJson.Default.Transaction);
    }

    private async Task ExtendAsync(HttpContext context)
    {
        TransactionExtension request = await FakeHost.ReadAsync(context, AuthorizationJson.Default.TransactionExtension);
        FakeTransaction transaction = Live(request.Sad, Credential(request.AccessToken, request.CredentialId), request.AccessToken);
        transaction.DemandApproved(request.Hashes);
        _transactions.Remove(request.Sad);
        string sad = NewToken();
        _transactions[sad] = transaction;
        await FakeHost.WriteAsync(context, 201, new Transaction(sad, 3600), AuthorizationJson.Default.Transaction);
    }

    private FakeTransaction Live(string sad, CredentialRegistration credential, string token, bool mayBeUsedUp = false)
    {
        Demand(
            _transactions.TryGetValue(sad, out FakeTransaction? transaction) && transaction.Credential == credential
                && transaction.ClientId == _clients[token] && (transaction.Left > 0 || mayBeUsedUp),
            Problem.InvalidRequest,
            ProblemCodes.SadInvalid);
        return transaction!;
    }

    private async Task PrepareAsync(HttpContext context)
    {
        ActivationRequest request = await FakeHost.ReadAsync(context, AuthorizationJson.Default.ActivationRequest);
        CredentialRegistration credential = Credential(request.AccessToken, request.CredentialId);
        Demand(credential.Policy == KeyPolicies.Device, Problem.NotAllowed, ProblemCodes.NotAllowed);
        FakeTransaction transaction = Live(request.Sad, credential, request.AccessToken);
        transaction.Take([.. request.Entries.Select(e => e.Digest)]);
        string id = Guid.NewGuid().ToString("N");
        string content = Content(request, credential, transaction, $"{transaction.Id}.{id}");
        _approvals[id] = (transaction, content);
        await FakeHost.WriteAsync(context, 201, new ApprovalContent(id, content, 300), AuthorizationJson.Default.ApprovalContent);
    }

    private async Task ActivateAsync(HttpContext context)
    {
        ActivationRequest request = await FakeHost.ReadAsync(context, AuthorizationJson.Default.ActivationRequest);
        CredentialRegistration credential = Credential(request.AccessToken, request.CredentialId);
        bool hasDevices = credential.Policy == KeyPolicies.Device;
        FakeTransaction transaction = Live(request.Sad, credential, request.AccessToken, mayBeUsedUp: hasDevices);
        Activations++;
        byte[][] hashes = [.. request.Entries.Select(e => e.Digest)];
        string content;
        if (hasDevices)
        {
            Demand(request.Approval is not null, Problem.InvalidRequest, ProblemCodes.DeviceMissing);
            Demand(
                _approvals.TryGetValue(request.Approval!, out var approval) && approval.Transaction == transaction
                    && approval.Content.Contains(SetDigest(request), StringComparison.Ordinal),
                Problem.InvalidRequest,
                ProblemCodes.ContentUnknown);
            content = approval.Content;
        }
        else
        {
            transaction.Take(hashes);
            content = Content(request, credential, transaction, transaction.Id);
        }

        string jti = NewToken();
        _activations[jti] = (transaction, hashes);
        await FakeHost.WriteAsync(context, 201, new Activation(jti, Mint(request, content, jti)), AuthorizationJson.Default.Activation);
    }

    private static string SetDigest(ActivationRequest request) => Base64Url.EncodeToString(ActivationSet.Digest(request.Entries));

    private string Content(ActivationRequest request, CredentialRegistration credential, FakeTransaction transaction, string name) =>
        JsonSerializer.Serialize(
            new ActivationContent(
                1, request.Node, request.Epoch, name, credential.Signer, credential.KeyId, request.Entries.Count,
                SetDigest(request), MintFor ?? transaction.ClientId, "", DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 60),
            ActivationJson.Default.ActivationContent);

    private string Mint(ActivationRequest request, string content, string jti)
    {
        long now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var claims = new SadClaims("as-fake", request.Node, request.Epoch, jti, now, now + 60, AssuranceLevel.Low, ["pwd", "pin"], content);
        return CompactJws.Sign(
            SadClaims.JwsType, "key-1", JsonSerializer.SerializeToUtf8Bytes(claims, ActivationJson.Default.SadClaims), Key);
    }

    private async Task ReportAsync(HttpContext context)
    {
        ActivationOutcome outcome = await FakeHost.ReadAsync(context, AuthorizationJson.Default.ActivationOutcome);
        Demand(_activations.TryGetValue(outcome.Jti, out var activation), Problem.InvalidRequest, ProblemCodes.NotFound);
        bool isConclusive = outcome.Outcome != ActivationOutcome.NotSent && IsConclusive(outcome.Evidence, outcome.Jti);
        activation.Transaction.GiveBack(activation.Hashes, isConclusive);
        _activations.Remove(outcome.Jti);
        Outcomes.Add(outcome);
        context.Response.StatusCode = 204;
    }

    /// <summary>
    /// Whether the refusal used the SAD up, so that no signature can come of it any more. One for its age, epoch or
    /// node did not; and one for a former use proves the opposite of what it is shown for.
    /// </summary>
    private static bool IsConclusive(LogProof? evidence, string jti)
    {
        AuditRecord? record = evidence is null ? null : JsonSerializer.Deserialize(evidence.Record, AuditJson.Default.AuditRecord);
        Demand(
            record is { Event: AuditEvents.Sign, Outcome: not ("success" or ProblemCodes.SadUsed) } && record.Jti == jti,
            Problem.InvalidRequest,
            ProblemCodes.IntegrityError);
        return record!.Outcome is not (ProblemCodes.SadExpired or ProblemCodes.SadWrongEpoch or ProblemCodes.SadWrongNode);
    }

    private CredentialRegistration Credential(string token, string id)
    {
        string signer = Signer(token);
        Demand(
            _credentials.TryGetValue(id, out CredentialRegistration? credential) && credential.Signer == signer,
            Problem.UnknownKey,
            ProblemCodes.CredentialUnknown);
        return credential!;
    }

    private string Signer(string token)
    {
        Demand(_tokens.ContainsKey(token), Problem.NotSignedIn, ProblemCodes.TokenInvalid);
        return _tokens[token];
    }

    private static string NewToken() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    private static void Demand(bool holds, Problem problem, string code)
    {
        if (!holds)
        {
            throw new FakeRefusal(problem == Problem.NotSignedIn ? 401 : code == ProblemCodes.NotFound ? 404 : 400, problem, code);
        }
    }
}
