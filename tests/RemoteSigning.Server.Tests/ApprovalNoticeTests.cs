using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Server.Csc;
using RemoteSigning.Server.Options;
using RemoteSigning.Server.Peers;
using RemoteSigning.Server.Telemetry;

namespace RemoteSigning.Server.Tests;

/// <summary>The e-mail that an approval waits, as far as this server asks for it.</summary>
[NonParallelizable]
public sealed class ApprovalNoticeTests
{
    private const string Metric = "remotesigning_server_approval_notices_total";

    private World _world = null!; // Set before the first test; the next two before each.
    private CscClient _signer = null!;
    private DeviceCredential _device = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _world = await World.StartAsync("notices");

    [OneTimeTearDown]
    public async Task StopAsync() => await _world.DisposeAsync();

    [SetUp]
    public async Task EnrollAsync()
    {
        _signer = await _world.NewSignerAsync();
        _device = await DeviceCredential.EnrollAsync(_world, _signer);
        _world.Authorization.Notices.Clear();
    }

    [TearDown]
    public void CleanUp() => _signer.Dispose();

    [Test]
    public async Task Authorize_DeviceElsewhere_HasTheSignerTold()
    {
        double before = await SentAsync();

        CscResult begun = await _device.AuthorizeAsync([World.Digest(), World.Digest()], body => body["description"] = "Two pages");
        await Notices.WhenIdleAsync();

        ApprovalNoticeRequest notice = _world.Authorization.Notices.Single();
        Assert.That(begun.Status, Is.EqualTo(202));
        Assert.That((notice.CredentialId, notice.NumSignatures, notice.Description), Is.EqualTo((_device.Id, 2, "Two pages")));
        Assert.That(notice.Label, Is.Not.Empty);
        Assert.That(await SentAsync() - before, Is.EqualTo(1));
    }

    [Test]
    public async Task Authorize_NoticeIsRefused_GoesOnAndIsCounted()
    {
        string failed = $"{Metric}{{outcome=\"failed\"}}";
        double before = await _world.ReadMetricAsync(failed);
        _world.Authorization.RefuseNext = ("approval_notices", Problem.Unavailable, ProblemCodes.HsmUnavailable);

        CscResult begun = await _device.AuthorizeAsync([World.Digest()], _ => { });
        await Notices.WhenIdleAsync();

        Assert.That(begun.Status, Is.EqualTo(202));
        Assert.That(await _world.ReadMetricAsync(failed) - before, Is.EqualTo(1));
    }

    [Test]
    public async Task Begin_NotConfigured_AsksNobody()
    {
        using var metrics = new ServerMetrics();
        AuthorizationClient authorization = _world.Services.GetRequiredService<AuthorizationClient>();
        var off = new ApprovalNotices(new NotificationOptions(), authorization, metrics, NullLogger<ApprovalNotices>.Instance);

        off.Begin(new ApprovalNoticeRequest(_signer.Token!, _device.Id, 1));
        await off.WhenIdleAsync();

        Assert.That(_world.Authorization.Notices, Is.Empty);
    }

    private ApprovalNotices Notices => _world.Services.GetRequiredService<ApprovalNotices>();

    private Task<double> SentAsync() => _world.ReadMetricAsync($"{Metric}{{outcome=\"sent\"}}");
}
