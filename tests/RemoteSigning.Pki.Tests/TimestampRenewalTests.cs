using System.Net;
using System.Security.Cryptography.X509Certificates;
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

    [Test]
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

    private string Write(string database, string pin, string? policy) => PkiWorld.WriteConfiguration($"{Name}.json", c =>
    {
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
