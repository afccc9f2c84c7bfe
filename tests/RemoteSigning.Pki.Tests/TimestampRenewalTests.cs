using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Pki.Authority;
using RemoteSigning.Pki.Data;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Pki.Tests;

/// <summary>A PKI from before there was time-stamping gets it, and then a new key at the next renewal.</summary>
[TestFixture]
internal sealed class TimestampRenewalTests
{
    private const string Name = "before-tsa";

    private string _file = null!; // Set up before any test runs.
    private string _data = null!;
    private string _address = null!;

    [OneTimeSetUp]
    public async Task SetUpAsync()
    {
        string database = PkiWorld.CreateDatabase("before_tsa");
        string pin = PkiWorld.Hsm.CreateToken(Name);
        _data = PkiWorld.In(Name);
        _address = $"http://127.0.0.1:{FreePort.Next()}";
        _file = Write(database, pin, policy: null);
        Run("create");
        await using PkiDatabase opened = PkiHost.OpenDatabase(PkiHost.ReadOptions(_file));
        await opened.Database.ExecuteSqlRawAsync(
            "DROP TABLE pki.timestamps; DELETE FROM pki.migrations WHERE \"MigrationId\" LIKE '%Timestamps'");
    }

    [Test, Order(1)]
    public async Task Timestamping_AddedLater_NeedsMigrateThenRenew()
    {
        AssertFails("run", "Back it up and run the command migrate");
        Run("migrate");
        Assert.That(await StatusAsync(), Is.EqualTo(HttpStatusCode.NotFound), "no policy, no time stamps");

        _file = Write(Option("Database"), Option("PinFile"), PkiWorld.TimestampPolicy);
        AssertFails("run", "Run the command renew");
        Run("renew");
        string first = await VerifyAsync();
        Run("renew");
        Assert.That(await VerifyAsync(), Is.Not.EqualTo(first), "each renewal makes a new key");
    }

    [Test, Order(2)]
    public async Task Post_OverTheRateOfAnAddress_HasToComeAgain()
    {
        _file = Write(Option("Database"), Option("PinFile"), PkiWorld.TimestampPolicy, perSecond: 2);
        var clock = new ManualClock(DateTimeOffset.UtcNow);
        await using WebApplication app = await PkiHost.StartAsync(_file, clock, CancellationToken.None);
        using var client = new HttpClient { BaseAddress = new Uri(_address) };

        HttpStatusCode[] first = [await PostAsync(client), await PostAsync(client)];
        using HttpResponseMessage refused = await client.PostAsync("/tsa", null);
        clock.Advance(TimeSpan.FromMilliseconds(500));

        Assert.That(first, Is.All.EqualTo(HttpStatusCode.UnsupportedMediaType), "nothing was asked for, but it counts");
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(refused.Headers.RetryAfter?.Delta, Is.EqualTo(TimeSpan.FromSeconds(1)));
        Assert.That(await PostAsync(client), Is.EqualTo(HttpStatusCode.UnsupportedMediaType));
    }

    [Test, Order(3)]
    public async Task Revoke_ByTheCommand_IsInTheListAndEndsTheService()
    {
        await using PkiDatabase database = PkiHost.OpenDatabase(PkiHost.ReadOptions(_file));
        using X509Certificate2 certificate = await Authorities.LatestAsync(
            database, AuthorityNames.Issuing, ProfileNames.Timestamping, CancellationToken.None);
        string serial = certificate.SerialNumber;

        Assert.That(Revoke("00AA", "1").Error, Does.Contain("has this serial number"));
        Assert.That(Revoke(serial, "2").Error, Does.Contain("The reason must be"));
        CommandResult revoked = Revoke(serial.ToLowerInvariant(), "1");
        CommandResult again = Revoke(serial, "4");
        AssertFails("run", "is revoked. Run the command renew");

        Assert.That(revoked.ExitCode, Is.Zero, revoked.Error);
        Assert.That(again.ExitCode, Is.EqualTo(1));
        Assert.That(again.Error, Does.Contain("revoked already"));
        Assert.That(await database.Events.CountAsync(e => e.Object == serial && e.Action == EventActions.CertificateRevoked), Is.EqualTo(1));
        Run("renew");
        Assert.That(await ReadListAsync(), Does.Contain(serial.TrimStart('0')).And.Contain("Key Compromise"));
    }

    [Test, Order(4)]
    public async Task Revoke_WhileTheServiceRuns_EndsItsTokensAtOnce()
    {
        string health = $"http://127.0.0.1:{FreePort.Next()}";
        _file = Write(Option("Database"), Option("PinFile"), PkiWorld.TimestampPolicy, health: health);
        await using PkiDatabase database = PkiHost.OpenDatabase(PkiHost.ReadOptions(_file));
        using X509Certificate2 certificate = await Authorities.LatestAsync(
            database, AuthorityNames.Issuing, ProfileNames.Timestamping, CancellationToken.None);
        await using WebApplication app = await PkiHost.StartAsync(_file, clock: null, CancellationToken.None);
        string query = PkiWorld.In($"{Guid.NewGuid():N}.tsq");
        Openssl.Run("ts", "-query", "-data", PkiWorld.RootPem, "-sha256", "-cert", "-out", query);
        string before = Ask(query);
        string ready = Get($"{health}/health/ready");
        int recorded = await database.Timestamps.CountAsync();

        CommandResult revoked = Revoke(certificate.SerialNumber, "1");
        string unready = Get($"{health}/health/ready");
        string[] after = [Ask(query), Ask(query)];

        Assert.That(before, Does.Contain("Status: Granted."));
        Assert.That(ready, Does.Contain("\"status\":\"ready\"").And.Contain("timestamping"));
        Assert.That(revoked.ExitCode, Is.Zero, revoked.Error);
        Assert.That(unready, Does.Contain("not_ready").And.Contain("the certificate of the time-stamping authority is revoked"));
        Assert.That(after, Is.All.Contain("Status: Rejected.").And.All.Contain("system failure").And.All.Contain("The certificate of the authority is revoked."));
        Assert.That(await database.Timestamps.CountAsync(), Is.EqualTo(recorded));
        Assert.That(Get($"{_address}{PublicPaths.RevocationList(AuthorityNames.Issuing)}"), Is.Not.Empty, "the CA goes on");
    }

    /// <returns>What OpenSSL reads in the reply.</returns>
    private string Ask(string query)
    {
        string reply = PkiWorld.In($"{Guid.NewGuid():N}.tsr");
        Commands.Run(
            "curl",
            ["-sS", "--fail", "-H", "Content-Type: application/timestamp-query", "--data-binary", $"@{query}", "-o", reply, $"{_address}/tsa"]);
        return Openssl.Run("ts", "-reply", "-in", reply, "-text");
    }

    private static string Get(string url) => Commands.Run("curl", ["-sS", url]);

    private async Task<string> ReadListAsync()
    {
        await using WebApplication app = await PkiHost.StartAsync(_file, clock: null, CancellationToken.None);
        using var client = new HttpClient { BaseAddress = new Uri(_address) };
        string file = PkiWorld.In($"{Guid.NewGuid():N}.crl");
        await File.WriteAllBytesAsync(file, await client.GetByteArrayAsync(PublicPaths.RevocationList(AuthorityNames.Issuing)));
        return Openssl.Run("crl", "-inform", "DER", "-in", file, "-noout", "-text");
    }

    private CommandResult Revoke(string serial, string reason) =>
        PkiWorld.Run("revoke-timestamping", "--config", _file, "--serial", serial, "--reason", reason);

    private static async Task<HttpStatusCode> PostAsync(HttpClient client)
    {
        using HttpResponseMessage answer = await client.PostAsync("/tsa", null);
        return answer.StatusCode;
    }

    private async Task<HttpStatusCode> StatusAsync()
    {
        await using WebApplication app = await PkiHost.StartAsync(_file, clock: null, CancellationToken.None);
        using var client = new HttpClient { BaseAddress = new Uri(_address) };
        using HttpResponseMessage answer = await client.GetAsync("/tsa");
        return answer.StatusCode;
    }

    /// <summary>Has an RSA key stamp something and OpenSSL verify that.</summary>
    /// <returns>The key.</returns>
    private async Task<string> VerifyAsync()
    {
        await using WebApplication app = await PkiHost.StartAsync(_file, clock: null, CancellationToken.None);
        string query = PkiWorld.In($"{Guid.NewGuid():N}.tsq");
        string reply = PkiWorld.In($"{Guid.NewGuid():N}.tsr");
        Openssl.Run("ts", "-query", "-data", PkiWorld.RootPem, "-sha256", "-cert", "-out", query);
        Commands.Run(
            "curl",
            ["-sS", "--fail", "-H", "Content-Type: application/timestamp-query", "--data-binary", $"@{query}", "-o", reply, $"{_address}/tsa"]);
        Assert.That(
            Openssl.Run("ts", "-verify", "-queryfile", query, "-in", reply, "-CAfile", Path.Combine(_data, "root.pem")),
            Does.Contain("Verification: OK"));
        await using PkiDatabase database = PkiHost.OpenDatabase(PkiHost.ReadOptions(_file));
        using X509Certificate2 certificate = await Authorities.LatestAsync(
            database, AuthorityNames.Issuing, ProfileNames.Timestamping, CancellationToken.None);
        Assert.That(certificate.GetRSAPublicKey()!.KeySize, Is.EqualTo(2048));
        Assert.That(await database.Timestamps.CountAsync(), Is.Not.Zero);
        return certificate.GetPublicKeyString();
    }

    private string Option(string name)
    {
        Pki.Options.PkiOptions options = PkiHost.ReadOptions(_file);
        return name == "Database" ? options.Database : options.Hsm.PinFile;
    }

    private string Write(string database, string pin, string? policy, int? perSecond = null, string? health = null) => PkiWorld.WriteConfiguration($"{Name}.json", c =>
    {
        c["Health"] = health is null ? null : new JsonObject { ["Listen"] = health };
        c["Listen"] = $"https://127.0.0.1:{FreePort.Next()}";
        c["PublicListen"] = _address;
        c["PublicUrl"] = _address;
        c["Database"] = database;
        c["DataFolder"] = _data;
        c["Hsm"]!["TokenLabel"] = Name;
        c["Hsm"]!["PinFile"] = pin;
        if (policy is null)
        {
            c.Remove("Timestamping");
        }
        else
        {
            c["Timestamping"]!["Key"] = "RSA-2048";
            c["Timestamping"]!["RequestsPerSecond"] = perSecond;
        }
    });

    private void Run(string command)
    {
        CommandResult result = PkiWorld.Run(command, "--config", _file);
        Assert.That(result.ExitCode, Is.Zero, result.Error);
    }

    private void AssertFails(string command, string reason)
    {
        CommandResult result = PkiWorld.Run(command, "--config", _file);
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Error, Does.Contain(reason));
    }
}
