using System.Net;
using System.Net.Sockets;
using RemoteSigning.Pki.Options;

namespace RemoteSigning.Pki.Timestamping;

/// <summary>
/// Holds each address that asks for time stamps to a rate: a bucket that fills with time, kept as the one moment at which it is full again,
/// and forgotten then.
/// </summary>
internal sealed class AddressLimits(PkiOptions options, TimeProvider clock)
{
    /// <summary>Buckets that are not full; beyond it those that have none share one.</summary>
    public const int MostAddresses = 100_000;

    private const int FewestToSweep = 1024;
    private const int PrefixBytes = 8; // A network of IPv6 has as many addresses as its owner likes.

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _fullAt = [];
    private int _sweepAt = FewestToSweep;

    /// <returns>How long to wait; null when the request may pass.</returns>
    public TimeSpan? TryTake(IPAddress? address)
    {
        if (options.Timestamping.RequestsPerSecond is not { } rate)
        {
            return null;
        }

        long interval = TimeSpan.TicksPerSecond / rate;
        long window = interval * (options.Timestamping.Burst ?? rate);
        long now = clock.GetUtcNow().UtcTicks;
        lock (_gate)
        {
            Sweep(now);
            string name = Name(address);
            name = _fullAt.Count >= MostAddresses && !_fullAt.ContainsKey(name) ? "" : name;

            // Never later than an empty bucket needs, should the clock be set back.
            long fullAt = Math.Clamp(_fullAt.GetValueOrDefault(name), now, now + window);
            long wait = fullAt + interval - window - now;
            if (wait > 0)
            {
                return TimeSpan.FromTicks(wait);
            }

            _fullAt[name] = fullAt + interval;
            return null;
        }
    }

    private static string Name(IPAddress? address)
    {
        if (address is null)
        {
            return "";
        }

        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return plain.AddressFamily == AddressFamily.InterNetworkV6
            ? Convert.ToHexString(plain.GetAddressBytes().AsSpan(0, PrefixBytes))
            : plain.ToString();
    }

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
}
