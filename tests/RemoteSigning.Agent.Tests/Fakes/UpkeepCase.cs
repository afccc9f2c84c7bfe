using RemoteSigning.Agent.Core;
using RemoteSigning.Agent.Core.Card;
using RemoteSigning.Agent.Core.Csc;

namespace RemoteSigning.Agent.Tests.Fakes;

/// <summary>The account of a signer with its upkeep, without the rest of an agent, under a clock of the test.</summary>
internal sealed class UpkeepCase : IAsyncDisposable
{
    private readonly HttpClient _http;
    private readonly CscSession _session;

    private UpkeepCase(World world, TimeSpan interval)
    {
        World = world;
        _http = CscHttp.Create(world.Options);
        var client = new CscClient(_http);
        _session = new CscSession(client, FakeServer.Email, () => new Secret(FakeServer.Password));
        Card = new CardContents(Clock);
        Account = new SignerAccount(client, _session, Card, false, false, Clock, world.Log, () => { });
        Upkeep = new AccountUpkeep(Account, interval, Clock, world.Log);
    }

    public World World { get; }

    public TimerClock Clock { get; } = new();

    public CardContents Card { get; }

    public SignerAccount Account { get; }

    public AccountUpkeep Upkeep { get; }

    /// <summary>The credentials that are on the card and cannot be used.</summary>
    public IEnumerable<string> Unusable => Card.Current.Credentials.Where(c => c.Unusable is not null).Select(c => c.Id);

    /// <param name="interval">How often it looks when nothing is wrong.</param>
    public static async Task<UpkeepCase> CreateAsync(TimeSpan interval) => new(await World.CreateAsync(), interval);

    public async ValueTask DisposeAsync()
    {
        Account.Dispose();
        _session.Dispose();
        _http.Dispose();
        Clock.Dispose();
        await World.DisposeAsync();
    }
}
