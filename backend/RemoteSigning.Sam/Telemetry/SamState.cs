using System.Diagnostics.Metrics;
using RemoteSigning.Sam.Audit;
using RemoteSigning.Sam.Cluster;
using RemoteSigning.Sam.Keys;
using RemoteSigning.Sam.Platform;

namespace RemoteSigning.Sam.Telemetry;

/// <summary>How a node stands, as gauges that are read when somebody asks.</summary>
internal sealed class SamState(
    ModuleLock moduleLock, AuditLogs logs, FloorList floors, Membership members, PeerHeads heads, HsmThreads threads, string dataFolder)
{
    public void AddTo(Meter meter)
    {
        meter.CreateObservableGauge(
            "remotesigning.sam.locked", () => moduleLock.IsLocked ? 1 : 0, description: "1: the module is locked after tampering.");
        meter.CreateObservableUpDownCounter(
            "remotesigning.sam.hsm.requests.waiting", () => threads.Waiting, "{request}", "Requests that wait for a thread of the HSM.");
        meter.CreateObservableUpDownCounter(
            "remotesigning.sam.hsm.requests.running", () => threads.Running, "{request}", "Requests that have a thread of the HSM.");
        meter.CreateObservableUpDownCounter(
            "remotesigning.sam.audit.log.records",
            () => logs.All.Select(l => new Measurement<long>(l.Head?.TreeSize ?? 0, Log(l))),
            "{record}",
            "Durable records of a log with all its files.");
        meter.CreateObservableUpDownCounter(
            "remotesigning.sam.audit.log.size",
            () => logs.All.Select(l => new Measurement<long>(l.FileLength, Log(l))),
            "By",
            "Length of a log's live file.");
        meter.CreateObservableGauge(
            "remotesigning.sam.data.free", () => new DriveInfo(dataFolder).AvailableFreeSpace, "By", "Free room where the logs and the floor list lie.");
        meter.CreateObservableUpDownCounter(
            "remotesigning.sam.floor_list.keys", () => floors.Summary.Size, "{key}", "Keys that the floor list knows.");
        meter.CreateObservableUpDownCounter(
            "remotesigning.sam.floor_list.entries", () => floors.Summary.Count, "{entry}", "Entries of the floor list since the start, loaded ones included.");
        AddPeersTo(meter);
    }

    private void AddPeersTo(Meter meter)
    {
        meter.CreateObservableGauge(
            "remotesigning.sam.serving",
            () => members.Obstacle is null ? 1 : 0,
            description: "1: the node may sign, as every peer in service was heard in time and none has retired it.");
        meter.CreateObservableGauge(
            "remotesigning.sam.peer.silence",
            () => members.Peers.Select(p => (p, members.HeardFor(p))).Where(p => p.Item2 is not null)
                .Select(p => new Measurement<double>(p.Item2!.Value.TotalSeconds, Peer(p.p))), // Those without were left out.
            "s",
            "Time since a peer was heard; none for one that was not heard since the start.");
        meter.CreateObservableGauge(
            "remotesigning.sam.peer.retired",
            () => members.Peers.Select(p => new Measurement<int>(members.IsRetired(p) ? 1 : 0, Peer(p))),
            description: "1: operators have retired the peer.");
        meter.CreateObservableGauge(
            "remotesigning.sam.peer.refused_logs",
            () => members.Peers.Select(p => new Measurement<int>(heads.RefusedOf(p).Count, Peer(p))),
            description: "Logs of a peer that were cut or rewritten, as far as this node knows.");
        meter.CreateObservableGauge(
            "remotesigning.sam.peer.silent_heads",
            () => members.Peers.Select(p => new Measurement<double>(heads.SilentFor(p)?.TotalSeconds ?? 0, Peer(p))),
            "s",
            "For how long a peer has had newer heads and offered none to be counter-signed; 0: for less than a minute.");
    }

    private static KeyValuePair<string, object?> Log(AuditLog log) => new("log", log.Label);

    private static KeyValuePair<string, object?> Peer(string peer) => new("peer", peer);
}
