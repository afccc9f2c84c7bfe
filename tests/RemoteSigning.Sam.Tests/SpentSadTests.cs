using System.Net;
using System.Security.Cryptography;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Sad;

namespace RemoteSigning.Sam.Tests;

/// <summary>What the record of a refusal proves: no signature came of its SAD, and none will.</summary>
public sealed class SpentSadTests
{
    private static readonly TimeSpan Guard = TimeSpan.FromMinutes(2);

    private TestNode _node = null!; // Set before each test runs.
    private KeyPair _key = null!;

    [SetUp]
    public async Task Start()
    {
        _node = TestNode.New();
        _node.Configure(sam =>
        {
            sam["HsmQueue"] = 1;
            sam["Hsm"]!["MaxSessions"] = 2; // One thread for the HSM; the section is there.
        });
        await _node.StartAsync();
        _key = await TestKey.EnabledAsync(_node, TestKey.P256);
    }

    [TearDown]
    public async Task Stop() => await _node.DisposeAsync();

    [Test]
    public async Task Sign_HsmBusy_WasNotBegunAndTheSadIsUsedUp()
    {
        KeyPair other = await TestKey.EnabledAsync(_node, TestKey.P256);
        (SignaturesRequest Request, TestSad Sad)[] asked = [await NewAsync(), await NewAsync()];
        using var reached = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        _node.FloorFaults.BeforeAppend = () =>
        {
            reached.Set();
            release.Wait(Guard);
        };
        Task<Reply> holder = _node.Client.ChangeStatusAsync(other, TestKey.Signer, true, false);
        Assert.That(reached.Wait(Guard), Is.True, "the only thread for the HSM is held");
        Task<Reply>[] replies = [.. asked.Select(a => _node.Client.SignAsync(a.Request, a.Sad.Sign(_node.As1)))];

        Task<Reply> first = await Task.WhenAny(replies);
        int refused = Array.IndexOf(replies, first);
        release.Set();

        (await first).MustBe(HttpStatusCode.ServiceUnavailable, "hsm_busy");
        Assert.That((await replies[1 - refused]).Status, Is.EqualTo(HttpStatusCode.OK), "the one that waited");
        Assert.That((await holder).Status, Is.EqualTo(HttpStatusCode.OK));
        (SignaturesRequest request, TestSad sad) = asked[refused];
        (await _node.Client.SignAsync(request, sad.Sign(_node.As1))).MustBe(HttpStatusCode.Forbidden, "sad_used");
        Assert.That(_node.Records().Where(r => r.Jti == sad.Claims.Jti).Select(r => r.Outcome), Is.EqualTo((string[])["hsm_busy", "sad_used"]));
    }

    /// <summary>One of two parallel uses signed; the other waited until that use was forgotten.</summary>
    [Test]
    public async Task Spend_UseMayBeForgotten_RefusalThatProvesNothing()
    {
        var clock = new SettableClock(_node.Clock.GetUtcNow());
        var keeper = NewKeeper(clock);
        VerifiedSad used = await VerifiedAsync(keeper);
        VerifiedSad unused = await VerifiedAsync(keeper);
        keeper.Reserve(used);
        Assert.That(CodeOf(() => keeper.Spend(used, ProblemCodes.HsmBusy)), Is.EqualTo("sad_used"));

        clock.Advance(TimeSpan.FromSeconds(100));

        Assert.That(CodeOf(() => keeper.Spend(used, ProblemCodes.HsmBusy)), Is.EqualTo("sad_expired"));
        Assert.That(CodeOf(() => keeper.Spend(unused, ProblemCodes.KeyDisabled)), Is.EqualTo("sad_expired"));
    }

    [Test]
    public async Task Spend_OtherEpoch_RefusalThatProvesNothing()
    {
        var keeper = NewKeeper(_node.Clock);
        VerifiedSad good = await VerifiedAsync(keeper);
        VerifiedSad older = good with { Claims = good.Claims with { Epoch = new string('0', 32) } };

        Assert.That(CodeOf(() => keeper.Spend(older, ProblemCodes.HsmBusy)), Is.EqualTo("sad_wrong_epoch"));
        Assert.That(() => keeper.Spend(good, ProblemCodes.HsmBusy), Throws.Nothing);
        Assert.That(CodeOf(() => keeper.Reserve(good)), Is.EqualTo("sad_used"));
    }

    private static string CodeOf(Action act) => Assert.Throws<ProblemException>(act)!.Code; // Throws or fails.

    private async Task<VerifiedSad> VerifiedAsync(EpochKeeper keeper)
    {
        (_, TestSad sad) = await NewAsync();
        return new VerifiedSad(sad.Claims with { Epoch = keeper.Last }, sad.Content with { Epoch = keeper.Last });
    }

    private async Task<(SignaturesRequest Request, TestSad Sad)> NewAsync()
    {
        var request = new SignaturesRequest(
            [new SignatureRequest(RandomNumberGenerator.GetBytes(32), Oids.EcdsaWithSha256)], _key, new Signer(TestKey.Signer));
        return (request, await TestSad.ForAsync(_node, request));
    }

    /// <summary>Without a log: these tests begin no new epoch.</summary>
    private EpochKeeper NewKeeper(TimeProvider clock) =>
        new(_node.NodeName, _ => throw new InvalidOperationException("a new epoch"), () => DateTimeOffset.UnixEpoch, () => 0, clock);
}
