using NUnit.Framework;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Sandbox;
using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Csc;
using RemoteSigning.Server.Telemetry;

namespace RemoteSigning.Server.Tests;

/// <summary>The buckets of requests, by a clock that is moved by hand.</summary>
public sealed class RateLimitsTests
{
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly ServerMetrics _metrics = new();

    [OneTimeTearDown]
    public void CleanUp() => _metrics.Dispose();

    [Test]
    public void DemandCall_NoLimits_KeepsNothing()
    {
        var rates = new RateLimits(_clock, _metrics);
        for (int i = 0; i < 100; i++)
        {
            rates.DemandCall(Application(new ApplicationLimits()), "token");
        }

        Assert.That(rates.Count, Is.Zero);
    }

    [Test]
    public void DemandCall_InTheLongRun_LetsTheRateThrough()
    {
        var rates = new RateLimits(_clock, _metrics);
        CallingApplication application = Application(new ApplicationLimits(RequestsPerSecond: 10, Burst: 20));
        int passed = 0;
        for (int i = 0; i < 10_000; i++)
        {
            passed += Passes(rates, application) ? 1 : 0;
            _clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.That(passed, Is.EqualTo(20 + 999), "the burst, and ten in each of the 99.99 s after the first");
    }

    [Test]
    public void DemandCall_ClockSetBack_ShutsNobodyOutForLongerThanABucketNeeds()
    {
        var rates = new RateLimits(_clock, _metrics);
        CallingApplication application = Application(new ApplicationLimits(RequestsPerSecond: 1, Burst: 2));
        Assert.That((Passes(rates, application), Passes(rates, application), Passes(rates, application)), Is.EqualTo((true, true, false)));
        _clock.Advance(TimeSpan.FromDays(-1));

        bool at = Passes(rates, application);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.That((at, Passes(rates, application)), Is.EqualTo((false, true)));
    }

    [Test]
    public void DemandCall_LimitLowered_CountsWhatWasTaken()
    {
        var rates = new RateLimits(_clock, _metrics);
        for (int i = 0; i < 100; i++)
        {
            rates.DemandCall(Application(new ApplicationLimits(RequestsPerSecond: 1, Burst: 100)), "token");
        }

        CallingApplication lowered = Application(new ApplicationLimits(RequestsPerSecond: 1, Burst: 1));
        bool at = Passes(rates, lowered);
        _clock.Advance(TimeSpan.FromSeconds(1));

        Assert.That((at, Passes(rates, lowered)), Is.EqualTo((false, true)));
    }

    [Test]
    public void DemandCall_ManyTokens_ForgetsTheFullBuckets()
    {
        var rates = new RateLimits(_clock, _metrics);
        CallingApplication application = Application(new ApplicationLimits(RequestsPerSecond: 100, TokenRequestsPerSecond: 1));
        int most = 0;
        for (int i = 0; i < 50_000; i++)
        {
            Assert.That(Passes(rates, application, $"token {i}"), Is.True);
            _clock.Advance(TimeSpan.FromMilliseconds(10));
            most = Math.Max(most, rates.Count);
        }

        Assert.That(most, Is.LessThanOrEqualTo(1024), "a hundred are not full at a time");
    }

    [Test]
    public void DemandCall_ApplicationRefused_MakesNoBucketForTheToken()
    {
        var rates = new RateLimits(_clock, _metrics);
        CallingApplication application = Application(new ApplicationLimits(RequestsPerSecond: 1, TokenRequestsPerSecond: 1));
        for (int i = 0; i < 1000; i++)
        {
            Passes(rates, application, $"token {i}");
        }

        Assert.That(rates.Count, Is.EqualTo(2));
    }

    private static CallingApplication Application(ApplicationLimits limits) => new("application", "Sample", limits, []);

    private static bool Passes(RateLimits rates, CallingApplication application, string token = "token")
    {
        try
        {
            rates.DemandCall(application, token);
            return true;
        }
        catch (CscException refusal) when (refusal.Status == 429)
        {
            return false;
        }
    }
}
