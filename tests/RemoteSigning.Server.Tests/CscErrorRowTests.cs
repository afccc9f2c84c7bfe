using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Signing;
using RemoteSigning.Server.Tests.Fakes;

namespace RemoteSigning.Server.Tests;

/// <summary>Every row of every error table of CSC (csc-errors.json), in each version that it applies to.</summary>
public sealed class CscErrorRowTests
{
    private static readonly List<CscErrorRow> Rows = [.. Read("csc-errors.json").AsArray().Select(r => new CscErrorRow(r!.AsObject()))];

    /// <summary>How many rows each table has in each version, so that one that gets lost shows, and where.</summary>
    private static readonly Dictionary<string, int> RowsOfTables = Read("csc-error-tables.json").AsObject()
        .SelectMany(t => t.Value!.AsObject().Select(v => ($"{t.Key} {v.Key}", (int)v.Value!))).ToDictionary();

    private readonly Dictionary<string, string> _values = [];
    private CscClient _client = null!; // Set before the first test, as are the next two.
    private string _pin = null!;
    private string _bound = null!;

    private static World World => AssemblySetup.World;

    [OneTimeSetUp]
    public async Task PrepareAsync()
    {
        _client = await World.NewSignerAsync();
        using CscClient other = await World.NewSignerAsync();
        CredentialCreated disabled = await World.EnrollAsync(_client, World.P256());
        await World.SetStatusAsync(_client, disabled, enabled: false);
        _pin = (await World.EnrollAsync(_client, World.P256())).Id;
        _bound = (await World.EnrollAsync(_client, World.P256(scal: "2"))).Id;
        _values["$pin"] = _pin;
        _values["$bound"] = _bound;
        _values["$disabled"] = disabled.Id;
        _values["$both"] = (await World.EnrollAsync(_client, World.P256(otp: true))).Id;
        _values["$mail"] = (await World.EnrollAsync(_client, World.P256(otp: true, otpChannel: OtpChannels.Email))).Id;
        _values["$single"] = (await World.EnrollAsync(_client, World.P256(multisign: 1))).Id;
        _values["$oauth"] = (await World.EnrollAsync(_client, World.P256(authMode: "oauth2code", pin: false))).Id;
        _values["$foreign"] = (await World.EnrollAsync(other, World.P256())).Id;
        DeviceCredential device = await DeviceCredential.EnrollAsync(World, _client);
        _values["$wrong"] = await device.BeginAsync();
        await device.AnswerAsync(device.Answer("another content"));
        _values["$denied"] = await device.BeginAsync();
        await device.RefuseAsync();
        DeviceCredential locked = await DeviceCredential.EnrollAsync(World, _client);
        _values["$locked"] = await locked.BeginAsync();
        await locked.LockAsync();
        _values["$right"] = FakeAuthorization.Pin;
        _values["$hash"] = Convert.ToBase64String(World.Digest());
        _values["$pending"] = (await World.Services.GetRequiredService<SignatureResultStore>().OpenAsync(
            _client.Signer, TokenState.DirectClient, TimeSpan.FromHours(1), CancellationToken.None))!;
    }

    [OneTimeTearDown]
    public void CleanUp() => _client.Dispose();

    [Test]
    public void Table_EachRow_IsATestOrAnExceptionWithItsReason()
    {
        int tests = Tests().Count();
        List<CscErrorRow> exceptions = [.. Rows.Where(r => r.Exception is not null)];
        foreach (CscErrorRow row in exceptions)
        {
            TestContext.Out.WriteLine($"{row} (v{string.Join(", v", row.Versions)}): {row.Exception}");
        }

        Assert.Multiple(() =>
        {
            Assert.That(
                Rows.SelectMany(r => r.Versions.Select(v => $"{r.Section} {r.Method} v{v}")).CountBy(t => t).ToDictionary(),
                Is.EquivalentTo(RowsOfTables));
            Assert.That(tests + exceptions.Sum(r => r.Versions.Count), Is.EqualTo(RowsOfTables.Values.Sum()));
            Assert.That(exceptions.Select(r => r.Exception), Is.All.Not.Empty);
            Assert.That(Rows.SelectMany(r => r.Versions.Select(v => $"{r} v{v}")), Is.Unique);
        });
    }

    [TestCase("signatures/signDoc", 2)]
    [TestCase("oauth2/token", 0)]
    [TestCase("oauth2/token", 1)]
    [TestCase("oauth2/token", 2)]
    [TestCase("oauth2/revoke", 0)]
    [TestCase("oauth2/revoke", 1)]
    [TestCase("oauth2/revoke", 2)]
    public async Task Exception_BecauseTheMethodIsNotOffered_IsStillTrue(string method, int version)
    {
        Assert.That(Rows.Where(r => r.Method == method && r.Versions.Contains(version)).Select(r => r.Exception), Is.All.Not.Null);
        Assert.That((await _client.As(version).PostAsync(method, "{}")).Status, Is.EqualTo(501));
    }

    [TestCaseSource(nameof(Tests))]
    public async Task Row_OfAVersion_IsAnsweredToTheLetter(object testRow, int version)
    {
        var row = (CscErrorRow)testRow;
        if (!await IsOfferedAsync(row.Method, version))
        {
            Assert.That((await _client.As(version).PostAsync(row.Method, "{}")).Status, Is.EqualTo(501), "not offered, so 501");
            return;
        }

        string body = await FillAsync(row.Body(version));
        if (row.Peer is [{ } path, { } problem, { } code])
        {
            World.Authorization.RefuseNext = ((string)path!, (Problem)(int)problem!, (string)code!);
        }

        World.Clock.Advance(TimeSpan.FromDays(row.Days));
        CscResult answer = await _client.SendAsync(
            $"/csc/v{version}/{row.Method}", body, row.Header is null ? $"Bearer {_client.Token}" : row.Header.Length == 0 ? null : row.Header);
        World.Clock.Advance(TimeSpan.FromDays(-row.Days));

        Assert.Multiple(() =>
        {
            Assert.That(answer.Refusal, Is.EqualTo(row.Answer), body);
            Assert.That(answer.ContentType, Is.EqualTo("application/json"));
            Assert.That(answer.RequestId, Has.Length.EqualTo(32));
            Assert.That(answer.Challenge, answer.Status == 401 ? Is.Not.Empty : Is.Empty);
            Assert.That(World.Authorization.RefuseNext, Is.Null, "the authorization server was asked");
        });
    }

    private static JsonNode Read(string file) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, file)))!;

    private static IEnumerable<TestCaseData> Tests() =>
        from row in Rows
        where row.Exception is null
        from version in row.Versions
        select new TestCaseData(row, version);

    private async Task<bool> IsOfferedAsync(string method, int version)
    {
        CscResult info = await _client.As(version).PostAsync("info", "{}");
        return info.Body["methods"]!.AsArray().Any(m => (string?)m == method);
    }

    private async Task<string> FillAsync(string body)
    {
        if (body.Contains("\"$sad\"", StringComparison.Ordinal))
        {
            _values["$sad"] = (await _client.AuthorizeAsync(_pin, 1)).Sad;
        }

        if (body.Contains("\"$boundSad\"", StringComparison.Ordinal))
        {
            _values["$boundSad"] = (await _client.AuthorizeAsync(_bound, 1, [World.Digest()])).Sad;
        }

        return _values.Aggregate(body, (text, value) => text.Replace($"\"{value.Key}\"", $"\"{value.Value}\"", StringComparison.Ordinal));
    }
}
