using System.Collections.Concurrent;
using System.Text.Json;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Sam.Audit;

namespace RemoteSigning.Sam.Cluster;

/// <summary>
/// Nodes as witnesses of one another's logs. With each heartbeat a node offers the newest heads of both its logs and keeps what
/// comes back in <c>heads.log</c>, one <see cref="CounterSignature"/> on each line; asked, it counter-signs what goes on from the
/// head that it counter-signed before. Nothing else waits for it, and a peer whose audit key is not configured takes no part.
/// </summary>
/// <param name="auditKeys">Of the peers, by node.</param>
/// <param name="kept"><c>heads.log</c>.</param>
internal sealed partial class PeerHeads(
    AuditLogs logs,
    HeadWitness witness,
    IReadOnlyDictionary<string, EcdsaVerifier> auditKeys,
    HeadFile kept,
    TimeProvider clock,
    ILogger<PeerHeads> logger)
{
    /// <summary>Longer than heartbeats and their deadlines: who offers nothing for so long does not do its part.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, long> _owingSince = [];
    private readonly ConcurrentDictionary<string, bool> _reported = [];
    private readonly ConcurrentDictionary<(string Peer, string Log), bool> _refused = [];
    private readonly ConcurrentDictionary<(string Peer, string Log), string> _signed = [];
    private readonly ConcurrentDictionary<string, string> _troubles = [];

    /// <summary>The newest heads of a peer that this node counter-signed.</summary>
    public IReadOnlyList<TreeHead> WitnessedOf(string peer) =>
    [
        .. new[] { AuditLogNames.Service, AuditLogNames.Administration }.Select(log => witness.Newest(peer, log)).OfType<TreeHead>(),
    ];

    /// <summary>The logs of a peer whose newest offer was refused.</summary>
    public IReadOnlyList<string> RefusedOf(string peer) =>
        [.. _refused.Keys.Where(k => k.Peer == peer).Select(k => k.Log).Order(StringComparer.Ordinal)];

    /// <summary>Counter-signs a head of a peer.</summary>
    /// <returns>Null when that log was refused before, which is recorded already, or the peer's audit key is not configured.</returns>
    /// <exception cref="ProblemException">The head is refused, or cannot be remembered.</exception>
    public CounterSignature? Witness(string peer, HeadOffer offer)
    {
        TreeHead head = offer.Head;
        if (head.Node != peer || head.Log is not (AuditLogNames.Service or AuditLogNames.Administration))
        {
            throw Refusals.Create(ProblemCodes.HeadUnknown, $"the head is not of a log of {peer}");
        }

        if (!auditKeys.TryGetValue(peer, out EcdsaVerifier? key))
        {
            return null;
        }

        (string, string) log = (peer, FileOf(head));
        if (witness.IsLate(head, offer.From))
        {
            throw Refusals.Create(ProblemCodes.Conflict, $"{FileOf(head)} of {peer}: another offer came before this one");
        }

        if (Sign(head, key, offer.Consistency) is { } signed)
        {
            NoteOffer(peer, head);
            if (_refused.TryRemove(log, out _))
            {
                LogFits(FileOf(head), peer, head.Name);
            }

            return signed;
        }

        if (!_refused.TryAdd(log, true))
        {
            return null;
        }

        string known = witness.Newest(peer, head.Log)?.Name ?? "none";
        LogRefused(FileOf(head), peer, head.Name, known);
        throw Refusals.Create(
            ProblemCodes.HeadUnknown, $"{FileOf(head)} of {peer}: the head {head.Name} is not signed by its audit key or does not go on from {known}");
    }

    /// <summary>For how long a peer has had newer heads and offered none that was counter-signed; null: for less than a minute, or no part is expected.</summary>
    public TimeSpan? SilentFor(string peer) =>
        _owingSince.TryGetValue(peer, out long since) && clock.GetElapsedTime(since) is var time && time > LongestSilence ? time : null;

    /// <summary>
    /// Notes what a peer said of its own newest head. Whoever took a node over and rewrote its log could simply offer nothing: so
    /// a peer that is heard, and whose service log goes on without our counter-signature, is noticed.
    /// </summary>
    public void NoteState(string peer, TreeHead? newest)
    {
        if (!auditKeys.ContainsKey(peer))
        {
            return;
        }

        TreeHead? known = witness.Newest(peer, AuditLogNames.Service);
        if (newest is not null && known is not null && newest.TreeSize <= known.TreeSize)
        {
            _owingSince.TryRemove(peer, out _);
            return;
        }

        _owingSince.TryAdd(peer, clock.GetTimestamp());
        if (SilentFor(peer) is { } time && _reported.TryAdd(peer, true))
        {
            LogSilent(peer, time.TotalSeconds, known?.Name ?? "none");
        }
    }

    /// <summary>Offers what is new in our logs. Whatever goes wrong is in the service's log, and tried again with the next heartbeat.</summary>
    /// <param name="witnessed">The heads that the peer says it counter-signed last.</param>
    public async Task OfferAsync(PeerClient peer, IReadOnlyList<TreeHead> witnessed, CancellationToken cancel)
    {
        if (!auditKeys.TryGetValue(peer.Id, out EcdsaVerifier? key))
        {
            return;
        }

        string trouble = "";
        try
        {
            foreach ((string? name, AuditLog log) in new[] { (AuditLogNames.Service, logs.Service), (AuditLogNames.Administration, logs.Administration) })
            {
                trouble = await OfferAsync(peer, key, log.Offer(witnessed.FirstOrDefault(h => h?.Log == name)), cancel) ?? trouble;
            }
        }
        catch (Exception e) when (e is PeerFailure or IOException or Cryptoki.HsmException)
        {
            trouble = e.Message;
        }

        if (trouble.Length > 0 && !cancel.IsCancellationRequested && _troubles.GetValueOrDefault(peer.Id) != trouble)
        {
            LogNotSigned(peer.Id, trouble);
        }

        _troubles[peer.Id] = trouble;
    }

    /// <summary><c>heads.log</c>.</summary>
    public static HeadFile OpenKept(string path, Func<string, IAppendFile> open) => new(path, open, Describe);

    private static (string, long)? Describe(byte[] line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, AuditJson.Default.CounterSignature) is { Head: { } head } signed
                ? ($"{signed.Witness}/{head.Log}", signed.Timestamp)
                : null;
        }
        catch (JsonException)
        {
            return null; // Whatever it is, it is not ours to drop.
        }
    }

    private void NoteOffer(string peer, TreeHead head)
    {
        if (head.Log != AuditLogNames.Service)
        {
            return;
        }

        _owingSince.TryRemove(peer, out _);
        if (_reported.TryRemove(peer, out _))
        {
            LogOffers(peer, head.Name);
        }
    }

    private static string FileOf(TreeHead head) => head.Log == AuditLogNames.Administration ? "admin.log" : "service.log";

    private CounterSignature? Sign(TreeHead head, EcdsaVerifier key, IReadOnlyList<byte[]> consistency)
    {
        try
        {
            return witness.Sign(head, key, consistency);
        }
        catch (IOException e)
        {
            throw Refusals.Create(ProblemCodes.ServiceUnavailable, $"the head cannot be remembered: {e.Message}", e);
        }
    }

    /// <returns>What went wrong; null: nothing.</returns>
    private async Task<string?> OfferAsync(PeerClient peer, EcdsaVerifier key, HeadOffer? offer, CancellationToken cancel)
    {
        if (offer is not { Head: { } head } || _signed.GetValueOrDefault((peer.Id, FileOf(head))) == head.Name)
        {
            return null;
        }

        CounterSignature? signed;
        try
        {
            signed = await peer.OfferAsync(offer, cancel);
        }
        catch (PeerFailure failure) when (failure.Code == ProblemCodes.HeadUnknown)
        {
            signed = null; // The other log may fit all the same.
        }

        if (signed is null)
        {
            return $"our {FileOf(head)} is not the one that it knows, or it does not have our audit_key";
        }

        CounterSignature own = signed with { Head = head };
        if (own.Witness != peer.Id || own.Signature is null || !key.Use(own.Verify))
        {
            return "its counter-signature does not verify";
        }

        lock (_lock)
        {
            kept.Append(JsonSerializer.SerializeToUtf8Bytes(own, AuditJson.Default.CounterSignature));
        }

        _signed[(peer.Id, FileOf(head))] = head.Name;
        return null;
    }

    [LoggerMessage(2304, LogLevel.Critical, "The {Log} of node {Peer} was cut or rewritten: its head {Head} is not signed by its audit key or does not go on from {Known}")]
    private partial void LogRefused(string log, string peer, string head, string known);

    [LoggerMessage(2305, LogLevel.Warning, "The {Log} of node {Peer} goes on from what is known of it again, with the head {Head}")]
    private partial void LogFits(string log, string peer, string head);

    [LoggerMessage(2307, LogLevel.Error, "Node {Peer} is heard, but has offered no newer head of its service log for {Seconds:0} s; the newest that was counter-signed is {Known}")]
    private partial void LogSilent(string peer, double seconds, string known);

    [LoggerMessage(2308, LogLevel.Warning, "Node {Peer} offers its heads again: {Head}")]
    private partial void LogOffers(string peer, string head);

    [LoggerMessage(2306, LogLevel.Error, "Node {Peer} did not counter-sign our newest heads: {Trouble}")]
    private partial void LogNotSigned(string peer, string trouble);
}
