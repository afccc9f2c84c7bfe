using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Pki.Authority;
using RemoteSigning.Pki.Data;
using RemoteSigning.Pki.Options;

namespace RemoteSigning.Pki.Revocation;

/// <summary>
/// The revocation lists. The issuing CA's is made when somebody asks and the last one lacks a revocation or has
/// reached its age; so a revocation never waits for a list, and a list never needs a timer. Entries stay after the
/// certificate has expired: signatures are verified long after that.
/// </summary>
internal sealed partial class RevocationLists(
    IDbContextFactory<PkiDatabase> databases,
    Authorities authorities,
    PkiOptions options,
    TimeProvider clock,
    ILogger<RevocationLists> logger) : IDisposable
{
    private readonly SemaphoreSlim _building = new(1);

    /// <summary>The present list, DER.</summary>
    /// <param name="issuer">One of <see cref="AuthorityNames"/>; the root's list is made by the ceremony only.</param>
    public async Task<byte[]> GetAsync(string issuer, CancellationToken cancel)
    {
        await using PkiDatabase database = await databases.CreateDbContextAsync(cancel);
        RevocationList? latest = await LatestAsync(database, issuer, cancel);
        if (latest is not null && (issuer == AuthorityNames.Root || await IsCurrentAsync(database, latest, cancel)))
        {
            return latest.Der;
        }

        await _building.WaitAsync(cancel);
        try
        {
            latest = await LatestAsync(database, issuer, cancel);
            return latest is not null && await IsCurrentAsync(database, latest, cancel)
                ? latest.Der
                : await BuildAsync(database, (latest?.Number ?? 0) + 1, cancel);
        }
        finally
        {
            _building.Release();
        }
    }

    /// <summary>Signs and adds a list; the caller saves.</summary>
    public static async Task<RevocationList> AddAsync(
        PkiDatabase database, CertificationAuthority authority, long number, DateTimeOffset now, TimeSpan lifetime, string actor, CancellationToken cancel)
    {
        var revoked = await database.Certificates
            .Where(c => c.Issuer == authority.Name && c.RevokedAt != null)
            .OrderBy(c => c.Id)
            .Select(c => new { c.SerialNumber, c.RevokedAt, c.RevocationReason })
            .ToListAsync(cancel);
        var builder = new CertificateRevocationListBuilder();
        foreach (var entry in revoked)
        {
            builder.AddEntry(Convert.FromHexString(entry.SerialNumber), entry.RevokedAt, RevocationReasons.ToWire(entry.RevocationReason));
        }

        var list = new RevocationList
        {
            Issuer = authority.Name,
            Number = number,
            ThisUpdate = now,
            NextUpdate = now + lifetime,
            Entries = revoked.Count,
            Der = authority.Sign(builder, number, now, now + lifetime),
        };
        database.RevocationLists.Add(list);
        database.Events.Add(new PkiEvent
        {
            Time = now,
            Actor = actor,
            Action = EventActions.RevocationListIssued,
            Object = number.ToString(CultureInfo.InvariantCulture),
            Detail = $"{authority.Name}: {revoked.Count} entries",
        });
        return list;
    }

    public static Task<RevocationList?> LatestAsync(PkiDatabase database, string issuer, CancellationToken cancel) =>
        database.RevocationLists.AsNoTracking().Where(l => l.Issuer == issuer).OrderByDescending(l => l.Number).FirstOrDefaultAsync(cancel);

    public void Dispose() => _building.Dispose();

    private async Task<bool> IsCurrentAsync(PkiDatabase database, RevocationList list, CancellationToken cancel) =>
        clock.GetUtcNow() < list.ThisUpdate + options.CrlRefresh
        && list.Entries == await database.Certificates.CountAsync(c => c.Issuer == list.Issuer && c.RevokedAt != null, cancel);

    private async Task<byte[]> BuildAsync(PkiDatabase database, long number, CancellationToken cancel)
    {
        RevocationList list = await AddAsync(
            database, authorities.Issuing, number, clock.GetUtcNow(), options.CrlLifetime, PkiEvent.Responder, cancel);
        await database.SaveChangesAsync(cancel);
        LogIssued(list.Number, list.Entries);
        return list.Der;
    }

    [LoggerMessage(4003, LogLevel.Information, "Issued revocation list {Number} with {Entries} entries")]
    private partial void LogIssued(long number, int entries);
}
