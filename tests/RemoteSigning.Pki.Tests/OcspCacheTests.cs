using RemoteSigning.Pki.Ocsp;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Pki.Tests;

[TestFixture]
internal sealed class OcspCacheTests
{
    private readonly ManualClock _clock = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Test]
    public void Find_WithinLifetime_GivesTheAnswer()
    {
        var cache = new OcspCache(_clock);
        byte[] answer = [1];
        cache.Add("a", answer, cache.Generation);
        _clock.Advance(OcspCache.Lifetime - TimeSpan.FromTicks(1));
        Assert.That(cache.Find("a"), Is.SameAs(answer));
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.That(cache.Find("a"), Is.Null);
    }

    [Test]
    public void Find_AfterClear_GivesNothing()
    {
        var cache = new OcspCache(_clock);
        cache.Add("a", [1], cache.Generation);
        cache.Clear();
        Assert.That(cache.Find("a"), Is.Null);
    }

    [Test]
    public void Add_AnswerBegunBeforeClear_IsNotGivenOut()
    {
        var cache = new OcspCache(_clock);
        long generation = cache.Generation;
        cache.Clear();
        cache.Add("a", [1], generation);
        Assert.That(cache.Find("a"), Is.Null);
    }
}
