using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using NUnit.Framework;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Tests;

/// <summary>Applications: how operators manage them, and how they identify themselves.</summary>
[NonParallelizable]
public sealed class ApplicationTests
{
    private const string Applications = "/enrollment/v1/applications";

    private static readonly (int, string?, string?) UnknownClient =
        (401, "invalid_client", "Client authentication failed: the header X-API-Key must hold the key of an application.");

    private static readonly (int, string?, string?) UnknownToken =
        (401, "invalid_token", "The token provided is not a valid OAuth access or refresh token.");

    private World _world = null!; // Set before the first test; the next before each.
    private CscClient _signer = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _world = await World.StartAsync("applications");

    [OneTimeTearDown]
    public async Task StopAsync() => await _world.DisposeAsync();

    [SetUp]
    public async Task SignInAsync() => _signer = await _world.NewSignerAsync();

    [TearDown]
    public void CleanUp() => _signer.Dispose();

    [Test]
    public async Task Add_Application_TellsTheKeyOnceAndStoresItsHash()
    {
        var limits = new ApplicationLimits(7, 100, 20, 40, 5, 10);

        ApplicationCreated made = await _world.AddApplicationAsync(limits, "Sample \"application\"");
        string listed = await _world.Operator.GetStringAsync(Applications);
        await using ServerDatabase database = World.OpenDatabase(_world.Database);
        ApplicationRow row = await database.Applications.SingleAsync(a => a.ClientId == made.Application.ClientId);

        IReadOnlyList<Application>? all = await _world.Operator.GetFromJsonAsync(
            Applications, EnrollmentJson.Default.IReadOnlyListApplication);
        Assert.Multiple(() =>
        {
            Assert.That(made.Application, Has.Property("Enabled").True.And.Property("Limits").EqualTo(limits).And.Property("Name").EqualTo("Sample \"application\""));
            Assert.That(made.ApiKey, Has.Length.EqualTo(43));
            Assert.That(row.KeyHash, Is.EqualTo(SHA256.HashData(Encoding.ASCII.GetBytes(made.ApiKey))));
            Assert.That(listed, Does.Not.Contain(made.ApiKey).And.Not.Contain(Convert.ToBase64String(row.KeyHash!)));
            Assert.That(all!.Single(a => a.ClientId == made.Application.ClientId), Is.EqualTo(made.Application));
            Assert.That(all!.Select(a => a.ClientId), Is.Ordered.Using((System.Collections.IComparer)StringComparer.Ordinal).And.Contains("direct"));
        });
    }

    [TestCase("", "Owner", "owner@example.com")]
    [TestCase("=1+1", "Owner", "owner@example.com")]
    [TestCase("Name\n", "Owner", "owner@example.com")]
    [TestCase("Name", "@Owner", "owner@example.com")]
    [TestCase("Name", "Owner", "owner")]
    [TestCase("Name", "Owner", "=owner@example.com")]
    public async Task Add_TextThatDoesNotFit_IsRefused(string name, string owner, string email)
    {
        using HttpResponseMessage answer = await _world.Operator.PostAsJsonAsync(
            Applications, new ApplicationRequest(name, owner, email), EnrollmentJson.Default.ApplicationRequest);

        Assert.That((int)answer.StatusCode, Is.EqualTo(400));
    }

    [TestCase(0, null, null, null)]
    [TestCase(1001, null, null, null)]
    [TestCase(1, 0L, null, null)]
    [TestCase(1, 1_000_000_001L, null, null)]
    [TestCase(1, null, 0, null)]
    [TestCase(1, null, 100_001, null)]
    [TestCase(1, null, null, 1)]
    [TestCase(1, null, 1, 0)]
    public async Task ChangeLimits_OutOfBounds_IsRefused(int perTransaction, long? perDay, int? rate, int? burst)
    {
        ApplicationCreated made = await _world.AddApplicationAsync();
        foreach (ApplicationLimits limits in (ApplicationLimits[])
            [new(perTransaction, perDay, rate, burst), new(perTransaction, perDay, null, null, rate, burst)])
        {
            using HttpResponseMessage answer = await _world.Operator.PutAsJsonAsync(
                $"{Applications}/{made.Application.ClientId}/limits", limits, EnrollmentJson.Default.ApplicationLimits);

            Assert.That((int)answer.StatusCode, Is.EqualTo(400), limits.ToString());
        }
    }

    [Test]
    public async Task SignIn_UnknownOffDeletedOrOldKey_AreOneAnswer()
    {
        ApplicationCreated off = await _world.AddApplicationAsync();
        await _world.SetApplicationStatusAsync(off.Application.ClientId, false);
        ApplicationCreated deleted = await _world.AddApplicationAsync();
        using HttpResponseMessage deletion = await _world.Operator.DeleteAsync($"{Applications}/{deleted.Application.ClientId}");
        ApplicationCreated old = await _world.AddApplicationAsync();
        using HttpResponseMessage rotation = await _world.Operator.PostAsync($"{Applications}/{old.Application.ClientId}/key", null);
        ApplicationCreated rotated = (await rotation.Content.ReadFromJsonAsync(EnrollmentJson.Default.ApplicationCreated))!;

        foreach (string key in (string[])[new string('A', 43), "x", "", off.ApiKey, deleted.ApiKey, old.ApiKey])
        {
            CscResult answer = await _signer.Through(key).SignInAsync();
            Assert.Multiple(() =>
            {
                Assert.That(answer.Refusal, Is.EqualTo(UnknownClient), key);
                Assert.That(answer.Challenge, Does.StartWith("Basic "));
            });
        }

        Assert.That((int)deletion.StatusCode, Is.EqualTo(204));
        Assert.That(rotated.Application, Is.EqualTo(old.Application));
        Assert.That((await _signer.Through(rotated.ApiKey).SignInAsync()).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task SignIn_DirectSwitchedOff_NeedsAKey()
    {
        ApplicationCreated made = await _world.AddApplicationAsync();
        await _world.SetApplicationStatusAsync("direct", false);

        CscResult withoutKey = await _signer.SignInAsync();
        CscResult withKey = await _signer.Through(made.ApiKey).SignInAsync();
        await _world.SetApplicationStatusAsync("direct", true);

        Assert.That(withoutKey.Refusal, Is.EqualTo(UnknownClient));
        Assert.That(withKey.Status, Is.EqualTo(200), withKey.ToString());
        Assert.That((await _signer.SignInAsync()).Status, Is.EqualTo(200));
    }

    [Test]
    public async Task List_ApplicationSwitchedOff_ItsTokensAreNoneUntilItIsOnAgain()
    {
        ApplicationCreated made = await _world.AddApplicationAsync();
        CscClient through = _signer.Through(made.ApiKey);
        await through.SignInAsync();
        await _world.SetApplicationStatusAsync(made.Application.ClientId, false);

        CscResult off = await through.PostAsync("credentials/list", "{}");
        await _world.SetApplicationStatusAsync(made.Application.ClientId, true);
        CscResult on = await through.PostAsync("credentials/list", "{}");

        Assert.That(off.Refusal, Is.EqualTo(UnknownToken));
        Assert.That(on.Status, Is.EqualTo(200));
    }

    [Test]
    public async Task List_KeyBesideTheToken_MustBeItsOwn()
    {
        ApplicationCreated own = await _world.AddApplicationAsync();
        ApplicationCreated other = await _world.AddApplicationAsync();
        CscClient through = _signer.Through(own.ApiKey);
        await through.SignInAsync();

        Assert.Multiple(async () =>
        {
            Assert.That((await ListAsync(through)).Status, Is.EqualTo(200));
            Assert.That((await ListAsync(through.Beside(null))).Status, Is.EqualTo(200));
            Assert.That((await ListAsync(through.Beside(other.ApiKey))).Refusal, Is.EqualTo(UnknownToken));
            Assert.That((await ListAsync(through.Beside("x"))).Refusal, Is.EqualTo(UnknownToken));
            Assert.That((await ListAsync(_signer.Beside("x"))).Refusal, Is.EqualTo(UnknownToken), "direct has no key at all");
            Assert.That((await ListAsync(_signer.Beside(own.ApiKey))).Refusal, Is.EqualTo(UnknownToken));
        });

        static Task<CscResult> ListAsync(CscClient client) => client.PostAsync("credentials/list", "{}");
    }

    [TestCase("POST", "none/key", 404)]
    [TestCase("PUT", "none/limits", 404)]
    [TestCase("PUT", "none/status", 404)]
    [TestCase("DELETE", "none", 404)]
    [TestCase("POST", "direct/key", 409)]
    [TestCase("DELETE", "direct", 409)]
    public async Task EachFunction_NoSuchApplicationOrDirect_IsRefused(string method, string path, int status)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), $"{Applications}/{path}")
        {
            Content = new StringContent("""{"enabled":true}""", Encoding.UTF8, "application/json"),
        };
        using HttpResponseMessage answer = await _world.Operator.SendAsync(request);

        Assert.That((int)answer.StatusCode, Is.EqualTo(status), await answer.Content.ReadAsStringAsync());
    }

    [TestCase(Applications)]
    [TestCase("/enrollment/v1/consumption?month=2026-01")]
    public async Task OperatorFunctions_OnThePublicListener_DoNotExist(string path)
    {
        using HttpClient http = _world.Http(null, _world.Public);

        using HttpResponseMessage answer = await http.GetAsync(path);

        Assert.That((int)answer.StatusCode, Is.EqualTo(404));
    }
}
