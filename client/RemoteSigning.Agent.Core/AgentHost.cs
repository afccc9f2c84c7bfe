using Microsoft.Extensions.Logging;
using RemoteSigning.Agent.Core.Card;
using RemoteSigning.Agent.Core.Control;
using RemoteSigning.Agent.Core.Csc;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Agent.Core.Signing;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Core;

/// <summary>The agent put together: the card's socket, the control socket, the account and its upkeep.</summary>
public sealed class AgentHost : IDisposable
{
    private readonly AgentOptions _options;
    private readonly ILocalSystem _system;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly HttpClient _http;
    private readonly CscSession _session;
    private readonly Consent _consent;
    private readonly ServerQueue _queue;
    private readonly CardContents _card;
    private readonly SignerAccount _account;
    private readonly CardCalls _calls;
    private readonly ApplicationInstances _applications = new();
    private CardServer? _server;

    public AgentHost(AgentOptions options, IAgentUi ui, ILocalSystem system, TimeProvider clock, ILogger log)
    {
        _options = options;
        _system = system;
        _clock = clock;
        _log = log;
        _http = CscHttp.Create(options);
        var client = new CscClient(_http);
        SecretsFile? secrets = options.SecretsFile is null ? null : new SecretsFile(options.SecretsFile, system);
        _session = new CscSession(client, options.Email, secrets is null ? null : secrets.ReadPassword);
        _consent = new Consent(ui, clock);
        _queue = new ServerQueue(clock);
        _card = new CardContents(clock);
        _account = new SignerAccount(client, _session, _card, options.PinPerSignature, options.AllowSha1, clock, log, _applications.LogOutAll);
        _calls = new CardCalls(
            options, _card, new CardLogin(options.CardMode, _account, _consent, _queue),
            new CardSigner(options.CardMode, _card, _account, _consent, _queue, log), log);
    }

    public string Socket => _options.Socket ?? _system.DefaultSocket;

    /// <summary>Signs in; for a terminal that asks before the agent begins to serve.</summary>
    /// <exception cref="ProblemException">The server refused it or cannot be reached.</exception>
    public Task SignInAsync(Secret password, CancellationToken cancellation) => _account.SignInAsync(password, cancellation);

    /// <summary>
    /// Serves until <paramref name="stopping"/>. With a secrets file it first signs in, or finds that it cannot now, and
    /// only then lets anybody connect.
    /// </summary>
    /// <exception cref="ProblemException">The sockets cannot be made, or another agent has them.</exception>
    public async Task RunAsync(CancellationToken stopping)
    {
        if (_options.SecretsFile is not null)
        {
            Log.SecretsFromFile(_log, _options.SecretsFile);
        }

        using ILocalListener cards = _system.Listen(Socket);
        using ILocalListener controls = _system.Listen(_system.ControlSocket(Socket));
        _server = new CardServer(
            cards, c => new CardConnection(c, _calls, _applications, _clock, _log), CardServer.LimitFor(_system.DescriptorLimit), _clock, _log);
        TimeSpan interval = TimeSpan.FromSeconds(_options.RefreshSeconds);
        var upkeep = new AccountUpkeep(_account, interval, _clock, _log);

        // Programs that start right after the agent must find the card, so this comes before either socket accepts.
        TimeSpan next = _account.HasStoredPassword ? await upkeep.LookAsync(stopping) : interval;
        Log.Serving(_log, Socket, _options.CardMode.ToString(), _options.Email, _options.Server);
        await Task.WhenAll(
            _server.RunAsync(stopping),
            new ControlServer(controls, ActAsync, _clock, _log).RunAsync(stopping),
            upkeep.RunAsync(next, stopping),
            _card.WatchAsync(stopping));
        Log.Stopped(_log);
    }

    public void Dispose()
    {
        _account.Dispose();
        _queue.Dispose();
        _consent.Dispose();
        _session.Dispose();
        _http.Dispose();
    }

    private async Task<AgentStatus> ActAsync(ControlRequest request, CancellationToken cancellation)
    {
        switch (request.Command)
        {
            case ControlCommands.Login:
                using (Secret? password = request.Password is null ? null : new Secret(request.Password))
                {
                    await _account.SignInAsync(password, cancellation);
                }

                break;
            case ControlCommands.Logout:
                await _account.SignOutAsync(cancellation);
                break;
            case ControlCommands.Status:
                break;
            default:
                throw new ProblemException(Problem.InvalidRequest, ProblemCodes.Malformed, "The running agent does not know this command; it may be older.");
        }

        return Describe();
    }

    private AgentStatus Describe()
    {
        CardSnapshot now = _card.Current;
        return new AgentStatus(
            typeof(AgentHost).Assembly.GetName().Version?.ToString(3) ?? "", Environment.ProcessId, _options.Server.ToString(), _options.Email,
            _options.CardMode.ToString().ToLowerInvariant(), Socket, now.SignedIn, _account.HasStoredPassword, _account.LastFetch,
            _server?.Connections ?? 0, _applications.Count, [.. now.Credentials.Select(CredentialDescription.Of)]);
    }
}
