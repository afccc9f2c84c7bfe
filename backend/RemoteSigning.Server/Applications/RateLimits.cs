using System.Security.Cryptography;
using System.Text;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Csc;
using RemoteSigning.Server.Telemetry;

namespace RemoteSigning.Server.Applications;

/// <summary>
/// Holds each application, and each token within it, to its rate. Not the limiters of the framework: their time cannot be
/// set, and they keep a partition for each name. Here a bucket is one number, and one that is full again is forgotten.
/// </summary>
internal sealed class RateLimits(TimeProvider clock, ServerMetrics metrics)
{
    private const int FewestToSweep = 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _fullAt = [];
    private int _sweepAt = FewestToSweep;

    /// <summary>How many buckets are not full.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _fullAt.Count;
            }
        }
    }

    /// <exception cref="CscException">429: too many sign-ins through this application.</exception>
    public void DemandSignIn(CallingApplication application) => Demand(
        application.ClientId,
        [new Bucket(LimitNames.SignIns, $"sign-in {application.ClientId}", application.Limits.RequestsPerSecond, application.Limits.Burst)]);

    /// <exception cref="CscException">429: too many requests of this application, or with this token.</exception>
    public void DemandCall(CallingApplication application, string accessToken)
    {
        ApplicationLimits limits = application.Limits;
        string token = limits.TokenRequestsPerSecond is null ? "" : Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(accessToken)));
        Demand(
        application.ClientId,
        [
            new Bucket(LimitNames.TokenRequests, $"token {token}", limits.TokenRequestsPerSecond, limits.TokenBurst),
            new Bucket(LimitNames.Requests, $"application {application.ClientId}", limits.RequestsPerSecond, limits.Burst),
        ]);
    }

    /// <summary>Takes one from each bucket, or from none.</summary>
    private void Demand(string application, ReadOnlySpan<Bucket> buckets)
    {
        long now = clock.GetUtcNow().UtcTicks;
        lock (_gate)
        {
            (long wait, string limit) = (0L, "");
            foreach (Bucket bucket in buckets)
            {
                long until = FullAt(bucket, now) + bucket.Interval - bucket.Window - now;
                (wait, limit) = until > wait ? (until, bucket.Limit) : (wait, limit);
            }

            if (wait > 0)
            {
                metrics.Refused(application, limit);
                throw CscErrors.TooManyRequests(TimeSpan.FromTicks(wait));
            }

            foreach (Bucket bucket in buckets)
            {
                if (bucket.Interval > 0)
                {
                    _fullAt[bucket.Name] = FullAt(bucket, now) + bucket.Interval;
                }
            }

            Sweep(now);
        }
    }

    /// <summary>Never later than an empty bucket needs, so that neither a lowered limit nor a clock that was set back shuts anybody out.</summary>
    private long FullAt(Bucket bucket, long now)
    {
        long latest = now + bucket.Window;
        if (_fullAt.TryGetValue(bucket.Name, out long fullAt) && fullAt > latest)
        {
            _fullAt[bucket.Name] = fullAt = latest;
        }

        return Math.Max(now, fullAt);
    }

    /// <summary>What a full bucket says is said by none as well.</summary>
    private void Sweep(long now)
    {
        if (_fullAt.Count < _sweepAt)
        {
            return;
        }

        foreach (string name in _fullAt.Where(b => b.Value <= now).Select(b => b.Key).ToList())
        {
            _fullAt.Remove(name);
        }

        _sweepAt = Math.Max(FewestToSweep, 2 * _fullAt.Count);
    }

    private readonly record struct Bucket(string Limit, string Name, int? PerSecond, int? Burst)
    {
        /// <summary>Ticks until one more fits in; 0 when there is no limit.</summary>
        public long Interval => PerSecond is { } rate ? TimeSpan.TicksPerSecond / rate : 0;

        /// <summary>Ticks until an empty one is full.</summary>
        public long Window => Interval * (Burst ?? PerSecond ?? 0);
    }
}
