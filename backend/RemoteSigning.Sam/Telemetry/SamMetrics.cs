using System.Diagnostics;
using System.Diagnostics.Metrics;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Sam.Telemetry;

/// <summary>
/// What a node counts and measures. A label has one of few values that are known beforehand: never a signer, a key or anything
/// else of a caller.
/// </summary>
internal sealed class SamMetrics : IDisposable
{
    private readonly Counter<long> _requests;
    private readonly Counter<long> _signatures;
    private readonly Histogram<double> _append;
    private readonly Histogram<int> _group;

    public SamMetrics()
    {
        Meter = new Meter(new MeterOptions("RemoteSigning.Sam") { Scope = this });
        _requests = Meter.CreateCounter<long>(
            "remotesigning.sam.requests", "{request}", "Requests by function and outcome: success, or the code of the refusal.");
        _signatures = Meter.CreateCounter<long>(
            "remotesigning.sam.signatures", "{signature}", "Signatures asked for, by algorithm and outcome as of the requests.");
        _append = Meter.CreateHistogram<double>(
            "remotesigning.sam.audit.append.duration", "s", "Time from a record's coming to its being durable under a signed head.");
        _group = Meter.CreateHistogram<int>(
            "remotesigning.sam.audit.group.records", "{record}", "Records that were made durable together, under one head.");
    }

    public Meter Meter { get; }

    /// <param name="function">One of <see cref="AuditEvents"/>.</param>
    /// <param name="asked">The digests to be signed; null where the request got no further, or is for something else.</param>
    /// <param name="outcome"><c>success</c> or a problem's code.</param>
    public void Count(string function, IReadOnlyList<AuditDigest>? asked, string outcome)
    {
        KeyValuePair<string, object?> came = new("outcome", outcome);
        _requests.Add(1, new("function", function), came);
        if (function != AuditEvents.Sign || asked is null)
        {
            return;
        }

        foreach (IGrouping<string, AuditDigest> same in asked.GroupBy(d => NameOf(d.SignatureAlgorithm)))
        {
            _signatures.Add(same.Count(), new("algorithm", same.Key), came);
        }
    }

    /// <param name="log"><c>service</c> or <c>admin</c>.</param>
    public void Appended(string log, long begun) =>
        _append.Record(Stopwatch.GetElapsedTime(begun).TotalSeconds, new KeyValuePair<string, object?>("log", log));

    public void Grouped(string log, int records) => _group.Record(records, new KeyValuePair<string, object?>("log", log));

    public void Dispose() => Meter.Dispose();

    private static string NameOf(string oid) => oid switch
    {
        Oids.Sha1WithRsa => "sha1-rsa",
        Oids.Sha256WithRsa => "sha256-rsa",
        Oids.Sha384WithRsa => "sha384-rsa",
        Oids.Sha512WithRsa => "sha512-rsa",
        Oids.RsaPss => "rsa-pss",
        Oids.EcdsaWithSha1 => "sha1-ecdsa",
        Oids.EcdsaWithSha256 => "sha256-ecdsa",
        Oids.EcdsaWithSha384 => "sha384-ecdsa",
        Oids.EcdsaWithSha512 => "sha512-ecdsa",
        _ => "other",
    };
}
