using System.Net;
using RemoteSigning.Pki.Options;
using RemoteSigning.Pki.Timestamping;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Pki.Tests;

/// <summary>The buckets of addresses, by a clock that is moved by hand.</summary>
[TestFixture]
internal sealed class AddressLimitsTests
{
    private static readonly IPAddress One = IPAddress.Parse("192.0.2.1");

    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Test]
    public void TryTake_NoRate_LetsAllThrough() =>
        Assert.That(Enumerable.Range(0, 1000).Select(_ => Limits(null).TryTake(One)), Is.All.Null);

    [Test]
    public void TryTake_InTheLongRun_LetsTheRateThroughAfterTheBurst()
    {
        AddressLimits limits = Limits(10, burst: 20);
        int passed = 0;
        for (int i = 0; i < 1000; i++)
        {
            passed += limits.TryTake(One) is null ? 1 : 0;
            _clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.That(passed, Is.EqualTo(20 + 99).Within(1));
    }

    [Test]
    public void TryTake_Empty_TellsWhenToComeAgain()
    {
        AddressLimits limits = Limits(2, burst: 1);
        Assert.That(limits.TryTake(One), Is.Null);

        Assert.That(limits.TryTake(One), Is.EqualTo(TimeSpan.FromMilliseconds(500)));
        Assert.That(limits.TryTake(IPAddress.Parse("192.0.2.2")), Is.Null, "another address");
        Assert.That(limits.TryTake(IPAddress.Parse("::ffff:192.0.2.1")), Is.Not.Null, "the same, as a dual listener sees it");
    }

    [Test]
    public void TryTake_OneNetworkOfIPv6_IsOneCaller()
    {
        AddressLimits limits = Limits(1);
        Assert.That(limits.TryTake(IPAddress.Parse("2001:db8:0:1::1")), Is.Null);

        Assert.That(limits.TryTake(IPAddress.Parse("2001:db8:0:1:ffff::2")), Is.Not.Null);
        Assert.That(limits.TryTake(IPAddress.Parse("2001:db8:0:2::1")), Is.Null);
    }

    [Test]
    public void TryTake_ClockSetBack_ShutsNobodyOut()
    {
        AddressLimits limits = Limits(1);
        limits.TryTake(One);
        _clock.Advance(TimeSpan.FromDays(-1));

        Assert.That(limits.TryTake(One), Is.EqualTo(TimeSpan.FromSeconds(1)));
    }

    [Test]
    public void TryTake_MoreAddressesThanAreKept_ShareOneBucket()
    {
        AddressLimits limits = Limits(1);
        for (int i = 0; i < AddressLimits.MostAddresses; i++)
        {
            Assert.That(limits.TryTake(new IPAddress(0x0A000000L + i)), Is.Null);
        }

        Assert.That(limits.TryTake(IPAddress.Parse("198.51.100.1")), Is.Null);
        Assert.That(limits.TryTake(IPAddress.Parse("198.51.100.2")), Is.Not.Null);
    }

    private AddressLimits Limits(int? perSecond, int? burst = null) =>
        new(new PkiOptions { Timestamping = new TimestampingOptions { RequestsPerSecond = perSecond, Burst = burst } }, _clock);
}
