using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using RemoteSigning.Pki.Authority;
using RemoteSigning.Pki.Data;

namespace RemoteSigning.Pki.Revocation;

/// <summary>The command <c>revoke-timestamping</c>: ends a certificate of the time-stamping authority, for good.</summary>
internal sealed class TimestampRevocation(PkiDatabase database, TimeProvider clock)
{
    /// <param name="serial">Hexadecimal, as openssl prints it; colons are left out.</param>
    /// <param name="reason">CRLReason (RFC 5280, 5.3.1).</param>
    /// <exception cref="CommandException">There is no such certificate, it is revoked already, or the reason is none.</exception>
    public async Task RevokeAsync(string serial, string reason, CancellationToken cancel)
    {
        string number = serial.Replace(":", "", StringComparison.Ordinal).ToUpperInvariant();
        if (!int.TryParse(reason, NumberStyles.None, CultureInfo.InvariantCulture, out int code) || !RevocationReasons.IsAllowed(code))
        {
            throw new CommandException("The reason must be 0, 1, 3, 4, 5 or 9.");
        }

        await SchemaVersion.CheckAsync(database, cancel);
        IQueryable<IssuedCertificate> issued = database.Certificates.Where(
            c => c.Issuer == AuthorityNames.Issuing && c.SerialNumber == number && c.Profile == ProfileNames.Timestamping);
        DateTimeOffset now = clock.GetUtcNow();
        await using IDbContextTransaction transaction = await database.Database.BeginTransactionAsync(cancel);
        int changed = await issued.Where(c => c.RevokedAt == null).ExecuteUpdateAsync(
            set => set.SetProperty(c => c.RevokedAt, now).SetProperty(c => c.RevocationReason, code), cancel);
        if (changed == 0)
        {
            throw new CommandException(
                await issued.AnyAsync(cancel)
                    ? "The certificate is revoked already."
                    : "No certificate of the time-stamping authority has this serial number.");
        }

        database.Events.Add(new PkiEvent
        {
            Time = now,
            Actor = PkiEvent.Ceremony,
            Action = EventActions.CertificateRevoked,
            Object = number,
            Detail = $"reason {code}",
        });
        await database.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
    }
}
