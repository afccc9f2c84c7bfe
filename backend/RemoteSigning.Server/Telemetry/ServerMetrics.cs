using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Csc;

namespace RemoteSigning.Server.Telemetry;

/// <summary>
/// What the server counts. The label <c>application</c> is a client id that an operator registered, and no other label has a value that a
/// caller chooses; beyond 500 label sets the page of metrics counts the rest together.
/// </summary>
internal sealed class ServerMetrics : IDisposable
{
    private readonly Counter<long> _calls;
    private readonly Counter<long> _signatures;
    private readonly Counter<long> _limitRefusals;
    private readonly Counter<long> _refusals;
    private readonly FixedCounts _notifications = new("outcome", ["delivered", "failed", "expired", "dropped"]);
    private readonly FixedCounts _approvalNotices =
        new("outcome", [ApprovalNotice.Sent, ApprovalNotice.TooSoon, ApprovalNotice.NotSent, "failed", "dropped"]);
    private readonly FixedCounts _incidents = new("incident", IncidentNames.All);
    private readonly FixedCounts _resealed = new("outcome", ["moved", "newest", "refused"]);
    private readonly ConcurrentDictionary<string, bool> _pending = [];

    public ServerMetrics()
    {
        Meter = new Meter(new MeterOptions("RemoteSigning.Server") { Scope = this });
        _calls = Meter.CreateCounter<long>(
            "remotesigning.server.calls", "{call}", "Calls by application, once it is known; sign-ins and those over a limit too.");
        _signatures = Meter.CreateCounter<long>(
            "remotesigning.server.signatures", "{signature}", "Signatures that were stored and counted, by application.");
        _limitRefusals = Meter.CreateCounter<long>(
            "remotesigning.server.limit.refusals", "{refusal}", "What was refused because of a limit, by application and limit.");
        _refusals = Meter.CreateCounter<long>(
            "remotesigning.server.refusals", "{refusal}", "Refused calls by the error word that was answered and by what caused it.");
        Meter.CreateObservableCounter(
            "remotesigning.server.incidents", _incidents.Measure, "{incident}", "What an operator has to look at; the log has the details.");
        Meter.CreateObservableCounter(
            "remotesigning.server.notifications", _notifications.Measure, "{notification}", "Notifications to response_uri by outcome.");
        Meter.CreateObservableCounter(
            "remotesigning.server.approval.notices", _approvalNotices.Measure, "{notice}", "Mails to signers for whose device something waits, by outcome.");
        Meter.CreateObservableCounter(
            "remotesigning.server.reseal.keys", _resealed.Measure, "{key}", "Keys that reseal runs have visited, by outcome.");
        Meter.CreateObservableGauge(
            "remotesigning.server.reseal.stalled", () => IsResealStalled ? 1 : 0, description: "1: a reseal run cannot go on here.");
        Meter.CreateObservableGauge(
            "remotesigning.server.recovery.pending",
            () => _pending.Select(p => new Measurement<int>(p.Value ? 1 : 0, new KeyValuePair<string, object?>("node", p.Key))),
            "{node}",
            "1 where what a crash may have lost could not be looked for at the start.");
    }

    public Meter Meter { get; }

    /// <summary>Whether the key that is next in a reseal run could not be moved, for a cause that is not the key's.</summary>
    public bool IsResealStalled { get; set; }

    /// <summary>Whether a node's log could not be looked through at this start.</summary>
    public void RecoveryPending(string node, bool isPending) => _pending[node] = isPending;

    public void Call(string application) => _calls.Add(1, Of(application));

    public void Signed(string application, int signatures) => _signatures.Add(signatures, Of(application));

    /// <param name="limit">One of <see cref="LimitNames"/>.</param>
    public void Refused(string application, string limit) => _limitRefusals.Add(1, Of(application), new("limit", limit));

    /// <param name="error">One of the error words of CSC.</param>
    /// <param name="cause">What caused it: <c>caller</c>, <c>server</c>, <c>database</c> or a peer.</param>
    public void Refused(CscError error, string cause) => _refusals.Add(1, new("error", error.Error), new("cause", cause));

    /// <param name="incident">One of <see cref="IncidentNames"/>.</param>
    public void Incident(string incident) => _incidents.Add(incident);

    /// <param name="outcome"><c>moved</c>, <c>newest</c> or <c>refused</c>.</param>
    public void Resealed(string outcome) => _resealed.Add(outcome);

    /// <param name="outcome"><c>delivered</c>, <c>failed</c>, <c>expired</c> or <c>dropped</c>.</param>
    public void Notified(string outcome) => _notifications.Add(outcome);

    /// <param name="outcome">One of <see cref="ApprovalNotice"/>, <c>failed</c> or <c>dropped</c>.</param>
    public void ToldOfApproval(string outcome) => _approvalNotices.Add(outcome);

    public void Dispose() => Meter.Dispose();

    private static KeyValuePair<string, object?> Of(string application) => new("application", application);
}
