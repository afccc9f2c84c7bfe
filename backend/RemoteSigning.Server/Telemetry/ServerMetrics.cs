using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace RemoteSigning.Server.Telemetry;

/// <summary>
/// What the server counts. The label <c>application</c> is a client id that an operator registered, and no other label has a value that a
/// caller chooses; beyond 500 label sets the page of metrics counts the rest together.
/// </summary>
internal sealed class ServerMetrics : IDisposable
{
    private readonly Counter<long> _calls;
    private readonly Counter<long> _signatures;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _notifications;
    private readonly ConcurrentDictionary<string, bool> _pending = [];

    public ServerMetrics()
    {
        Meter = new Meter(new MeterOptions("RemoteSigning.Server") { Scope = this });
        _calls = Meter.CreateCounter<long>(
            "remotesigning.server.calls", "{call}", "Calls by application, once it is known; sign-ins and those over a limit too.");
        _signatures = Meter.CreateCounter<long>(
            "remotesigning.server.signatures", "{signature}", "Signatures that were stored and counted, by application.");
        _refusals = Meter.CreateCounter<long>(
            "remotesigning.server.limit.refusals", "{refusal}", "What was refused because of a limit, by application and limit.");
        _notifications = Meter.CreateCounter<long>(
            "remotesigning.server.notifications", "{notification}", "Notifications to response_uri by outcome: delivered, failed, dropped.");
        Meter.CreateObservableGauge(
            "remotesigning.server.recovery.pending",
            () => _pending.Select(p => new Measurement<int>(p.Value ? 1 : 0, new KeyValuePair<string, object?>("node", p.Key))),
            "{node}",
            "1 where what a crash may have lost could not be looked for at the start.");
    }

    public Meter Meter { get; }

    /// <summary>Whether a node's log could not be looked through at this start.</summary>
    public void RecoveryPending(string node, bool isPending) => _pending[node] = isPending;

    public void Call(string application) => _calls.Add(1, Of(application));

    public void Signed(string application, int signatures) => _signatures.Add(signatures, Of(application));

    /// <param name="limit">One of <see cref="LimitNames"/>.</param>
    public void Refused(string application, string limit) => _refusals.Add(1, Of(application), new("limit", limit));

    /// <param name="outcome"><c>delivered</c>, <c>failed</c> or <c>dropped</c>.</param>
    public void Notified(string outcome) => _notifications.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void Dispose() => Meter.Dispose();

    private static KeyValuePair<string, object?> Of(string application) => new("application", application);
}
