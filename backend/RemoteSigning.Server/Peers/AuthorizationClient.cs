using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Server.Peers;

/// <summary>The authorization server, as an SSA may use it.</summary>
internal sealed class AuthorizationClient(HttpClient http)
{
    public const string Name = "The authorization server";

    private static readonly AuthorizationJson Json = AuthorizationJson.Default;
    private readonly Peer _peer = new(Name, http);

    public Task<Session> SignInAsync(SessionRequest request, CancellationToken cancel) =>
        _peer.SendAsync(HttpMethod.Post, "/authorization/v1/sessions", request, Json.SessionRequest, Json.Session, null, cancel);

    public Task<Session> RefreshAsync(SessionRefresh request, CancellationToken cancel) =>
        _peer.SendAsync(HttpMethod.Post, "/authorization/v1/session_refreshes", request, Json.SessionRefresh, Json.Session, null, cancel);

    public Task<TokenState> GetTokenStateAsync(TokenQuery request, CancellationToken cancel) =>
        _peer.SendAsync(HttpMethod.Post, "/authorization/v1/token_states", request, Json.TokenQuery, Json.TokenState, null, cancel);

    public Task RevokeAsync(TokenRevocation request, CancellationToken cancel) =>
        _peer.SendAsync(HttpMethod.Post, "/authorization/v1/token_revocations", request, Json.TokenRevocation, null, cancel);

    public Task VerifyPinAsync(PinVerification request, CancellationToken cancel) =>
        _peer.SendAsync(HttpMethod.Post, "/authorization/v1/pin_verifications", request, Json.PinVerification, null, cancel);

    public Task<OneTimeCode> SendCodeAsync(OneTimeCodeRequest request, CancellationToken cancel) =>
        _peer.SendAsync(HttpMethod.Post, "/authorization/v1/one_time_codes", request, Json.OneTimeCodeRequest, Json.OneTimeCode, null, cancel);

    public Task RegisterAsync(CredentialRegistration request, CancellationToken cancel) =>
        _peer.SendAsync(HttpMethod.Post, "/authorization/v1/credentials", request, Json.CredentialRegistration, null, cancel);

    public Task<Transaction> BeginTransactionAsync(TransactionRequest request, CancellationToken cancel) =>
        _peer.SendAsync(HttpMethod.Post, "/authorization/v1/transactions", request, Json.TransactionRequest, Json.Transaction, null, cancel);

    public Task<Transaction> ExtendTransactionAsync(TransactionExtension request, CancellationToken cancel) =>
        _peer.SendAsync(HttpMethod.Post, "/authorization/v1/transaction_extensions", request, Json.TransactionExtension, Json.Transaction, null, cancel);

    public Task<Activation> ActivateAsync(ActivationRequest request, CancellationToken cancel) =>
        _peer.SendAsync(HttpMethod.Post, "/authorization/v1/activations", request, Json.ActivationRequest, Json.Activation, null, cancel);

    public Task<ApprovalContent> PrepareApprovalAsync(ActivationRequest request, CancellationToken cancel) =>
        _peer.SendAsync(HttpMethod.Post, "/authorization/v1/approvals", request, Json.ActivationRequest, Json.ApprovalContent, null, cancel);

    public Task<ApprovalNotice> TellOfApprovalAsync(ApprovalNoticeRequest request, CancellationToken cancel) => _peer.SendAsync(
        HttpMethod.Post, "/authorization/v1/approval_notices", request, Json.ApprovalNoticeRequest, Json.ApprovalNotice, null, cancel);

    public Task<DeviceRegistrationOffer> BeginDeviceRegistrationAsync(DeviceRegistrationRequest request, CancellationToken cancel) => _peer.SendAsync(
        HttpMethod.Post, "/authorization/v1/device_registrations", request, Json.DeviceRegistrationRequest, Json.DeviceRegistrationOffer, null, cancel);

    public Task<Skad> MintSkadAsync(SkadRequest request, CancellationToken cancel) =>
        _peer.SendAsync(HttpMethod.Post, "/authorization/v1/skads", request, Json.SkadRequest, Json.Skad, null, cancel);

    public Task ReportAsync(ActivationOutcome outcome, CancellationToken cancel) =>
        _peer.SendAsync(HttpMethod.Post, "/authorization/v1/activation_outcomes", outcome, Json.ActivationOutcome, null, cancel);
}
