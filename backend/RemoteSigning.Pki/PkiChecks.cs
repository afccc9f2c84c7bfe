using Microsoft.EntityFrameworkCore;
using RemoteSigning.Cryptoki;
using RemoteSigning.Hosting;
using RemoteSigning.Pki.Authority;
using RemoteSigning.Pki.Data;

namespace RemoteSigning.Pki;

/// <summary>What has to hold for the PKI to issue and to answer.</summary>
internal sealed class PkiChecks(Hsm hsm, Authorities authorities, IDbContextFactory<PkiDatabase> databases, TimeProvider clock)
{
    public IReadOnlyList<HealthCheck> All =>
    [
        new("hsm", () => Task.FromResult(AskHsm())),
        new("database", AskDatabaseAsync),
        new("certificates", () => Task.FromResult(AskCertificates())),
        .. authorities.Timestamping is { } identity ? [new HealthCheck("timestamping", () => AskTimestampingAsync(identity))] : Array.Empty<HealthCheck>(),
    ];

    private string? AskHsm()
    {
        try
        {
            hsm.Probe();
            return null;
        }
        catch (HsmException e)
        {
            return e.Message;
        }
    }

    private async Task<string?> AskDatabaseAsync()
    {
        await using PkiDatabase database = await databases.CreateDbContextAsync();
        return await database.Database.CanConnectAsync() ? null : "it does not answer";
    }

    private string? AskCertificates() =>
        authorities.Responders.All(r => clock.GetUtcNow() <= r.Certificate.NotAfter) ? null : "a certificate of the OCSP responder has ended: run the command renew";

    private async Task<string?> AskTimestampingAsync(TimestampIdentity identity)
    {
        if (clock.GetUtcNow() >= identity.KeyEnd)
        {
            return "the use of the time-stamping key has ended: run the command renew and start again";
        }

        try
        {
            await using PkiDatabase database = await databases.CreateDbContextAsync();
            return await database.Certificates.AnyAsync(c => c.Id == identity.Id && c.RevokedAt == null)
                ? null
                : "the certificate of the time-stamping authority is revoked: run the command renew and start again";
        }
        catch (Exception e) when (Outage.Is(e))
        {
            return "whether its certificate is revoked is not known: the database does not answer";
        }
    }
}
