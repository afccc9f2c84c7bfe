using RemoteSigning.Authorization.Options;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Api;

/// <summary>All functions of this process.</summary>
internal static class AuthorizationApi
{
    private const string Prefix = "/authorization/v1/";
    private const int Ok = StatusCodes.Status200OK;
    private const int Created = StatusCodes.Status201Created;
    private const int NoContent = StatusCodes.Status204NoContent;

    public static void Map(WebApplication app)
    {
        IServiceProvider s = app.Services;
        ClientRegistry clients = s.GetRequiredService<ClientRegistry>();
        AuthorizationJson json = AuthorizationJson.Default;

        var ssa = new JsonRoutes(app, Prefix, clients, ClientOptions.Ssa);
        ssa.Post("sessions", json.SessionRequest, json.Session, Created, s.GetRequiredService<BeginSession>().ActAsync);
        ssa.Post("session_refreshes", json.SessionRefresh, json.Session, Created, s.GetRequiredService<RefreshSession>().ActAsync);
        ssa.Post("token_states", json.TokenQuery, json.TokenState, Ok, s.GetRequiredService<QueryToken>().ActAsync);
        ssa.Post("token_revocations", json.TokenRevocation, NoContent, s.GetRequiredService<RevokeToken>().ActAsync);
        ssa.Post("pin_verifications", json.PinVerification, NoContent, s.GetRequiredService<VerifyPin>().ActAsync);
        ssa.Post("one_time_codes", json.OneTimeCodeRequest, json.OneTimeCode, Created, s.GetRequiredService<SendOneTimeCode>().ActAsync);
        ssa.Post("credentials", json.CredentialRegistration, Created, s.GetRequiredService<RegisterCredential>().ActAsync);
        ssa.Post("transactions", json.TransactionRequest, json.Transaction, Created, s.GetRequiredService<ApproveTransaction>().ActAsync);
        ssa.Post("transaction_extensions", json.TransactionExtension, json.Transaction, Created, s.GetRequiredService<ExtendTransaction>().ActAsync);
        ssa.Post("activations", json.ActivationRequest, json.Activation, Created, s.GetRequiredService<Activate>().ActAsync);
        ssa.Post("approvals", json.ActivationRequest, json.ApprovalContent, Created, s.GetRequiredService<PrepareApproval>().ActAsync);
        ssa.Post("approval_notices", json.ApprovalNoticeRequest, json.ApprovalNotice, Ok, s.GetRequiredService<TellOfApproval>().ActAsync);
        ssa.Post(
            "device_registrations",
            json.DeviceRegistrationRequest,
            json.DeviceRegistrationOffer,
            Created,
            s.GetRequiredService<BeginDeviceRegistration>().ActAsync);
        ssa.Post("skads", json.SkadRequest, json.Skad, Created, s.GetRequiredService<MintSkad>().ActAsync);
        ssa.Post("device_lists", json.DeviceListRequest, json.DeviceList, Ok, s.GetRequiredService<ListDevices>().ActAsync);
        ssa.Post("activation_outcomes", json.ActivationOutcome, NoContent, s.GetRequiredService<ReportOutcome>().ActAsync);

        var @operator = new JsonRoutes(app, Prefix, clients, ClientOptions.Operator);
        @operator.Post("accounts", json.AccountRequest, json.Account, Created, s.GetRequiredService<CreateAccount>().ActAsync);
        @operator.Put("accounts/{signer}/pin", "signer", json.PinReset, NoContent, s.GetRequiredService<ResetPin>().ActAsync);
        @operator.Put(
            "accounts/{signer}/code_addresses", "signer", json.CodeAddresses, NoContent, s.GetRequiredService<ChangeCodeAddresses>().ActAsync);

        app.MapFallback(static Task (_) =>
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.NotFound, "There is no such function."));
    }

    /// <summary>The endpoints, each in a class of its own.</summary>
    public static void AddEndpoints(IServiceCollection services) => services
        .AddSingleton<BeginSession>()
        .AddSingleton<RefreshSession>()
        .AddSingleton<QueryToken>()
        .AddSingleton<RevokeToken>()
        .AddSingleton<VerifyPin>()
        .AddSingleton<SendOneTimeCode>()
        .AddSingleton<RegisterCredential>()
        .AddSingleton<ApproveTransaction>()
        .AddSingleton<ExtendTransaction>()
        .AddSingleton<Activate>()
        .AddSingleton<PrepareApproval>()
        .AddSingleton<TellOfApproval>()
        .AddSingleton<BeginDeviceRegistration>()
        .AddSingleton<MintSkad>()
        .AddSingleton<ListDevices>()
        .AddSingleton<ReportOutcome>()
        .AddSingleton<CreateAccount>()
        .AddSingleton<ResetPin>()
        .AddSingleton<ChangeCodeAddresses>();
}
