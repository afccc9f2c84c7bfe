using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Pki;
using RemoteSigning.Hosting;
using RemoteSigning.Pki.Authority;
using RemoteSigning.Pki.Data;
using RemoteSigning.Pki.Ocsp;

namespace RemoteSigning.Pki.Revocation;

/// <summary>
/// Ends a signer's certificate, for good. Once this has answered, OCSP says so; the revocation list does from the
/// next time that somebody asks for it.
/// </summary>
internal sealed partial class Revocations(
    IDbContextFactory<PkiDatabase> databases, OcspCache cache, TimeProvider clock, ILogger<Revocations> logger)
{
    private const int MaximumSerialDigits = 40;

    /// <exception cref="ProblemException">Never issued, revoked already, or an unknown reason.</exception>
    public async Task RevokeAsync(RegisteredClient caller, RevocationRequest request, CancellationToken cancel)
    {
        string serial = request.SerialNumber.ToUpperInvariant();
        if (serial.Length is 0 or > MaximumSerialDigits || !serial.All(char.IsAsciiHexDigitUpper) || !RevocationReasons.IsAllowed(request.Reason))
        {
            throw new ProblemException(
                Problem.InvalidRequest, ProblemCodes.Malformed, "The serial number must be hexadecimal, the reason 0, 1, 3, 4, 5 or 9.");
        }

        await using PkiDatabase database = await databases.CreateDbContextAsync(cancel);
        await using IDbContextTransaction transaction = await database.Database.BeginTransactionAsync(cancel);
        await MarkAsync(database, serial, request.Reason, cancel);
        database.Events.Add(new PkiEvent
        {
            Time = clock.GetUtcNow(),
            Actor = caller.Id,
            Action = EventActions.CertificateRevoked,
            Object = serial,
            Detail = $"reason {request.Reason}",
        });
        await database.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        cache.Clear();
        LogRevoked(serial, request.Reason, caller.Id);
    }

    private async Task MarkAsync(PkiDatabase database, string serial, int reason, CancellationToken cancel)
    {
        IQueryable<IssuedCertificate> issued = database.Certificates.Where(
            c => c.Issuer == AuthorityNames.Issuing && c.SerialNumber == serial && CertificateProfiles.OfSigners.Contains(c.Profile));
        DateTimeOffset now = clock.GetUtcNow();
        int changed = await issued.Where(c => c.RevokedAt == null).ExecuteUpdateAsync(
            set => set.SetProperty(c => c.RevokedAt, now).SetProperty(c => c.RevocationReason, reason), cancel);
        if (changed == 0)
        {
            throw await issued.AnyAsync(cancel)
                ? new ProblemException(Problem.InvalidRequest, ProblemCodes.Conflict, "The certificate is revoked already.")
                : new ProblemException(Problem.InvalidRequest, ProblemCodes.NotFound, "No certificate has this serial number.");
        }
    }

    [LoggerMessage(4002, LogLevel.Information, "Revoked {SerialNumber} with reason {Reason} for {Caller}")]
    private partial void LogRevoked(string serialNumber, int reason, string caller);
}
