using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Pki;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Server.Peers;
using RemoteSigning.Server.Signing;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Enrollment;

/// <summary>
/// What happens to credentials after enrollment: enabled, disabled, deleted. Once something is to change in the SAM,
/// a caller who goes away does not stop it: what was done has to be stored.
/// </summary>
internal sealed partial class CredentialLifecycle(
    IDbContextFactory<ServerDatabase> databases,
    SamNodes sams,
    PkiClient pki,
    ReceiptStore receipts,
    ILogger<CredentialLifecycle> logger)
{
    private const int CessationOfOperation = 5;

    public async Task ChangeStatusAsync(string signer, string id, bool enabled, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        CredentialRow row = await FindAsync(database, signer, id, cancel);
        if (row.State != CredentialState.Ready)
        {
            throw new ProblemException(
                Problem.InvalidRequest, ProblemCodes.Conflict, $"The credential is not ready (it is {row.State}).");
        }

        // Also when the row says so already: after a lost answer only the SAM knows how the key stands.
        KeyPair changed = await StepAsync("change status", () => sams.UseAsync(s => s.ChangeStatusAsync(
            new ChangeStatusRequest(row.KeyPair, new Signer(signer), new KeyPairStatus(true, enabled)), CancellationToken.None)));
        row.Store(changed);
        row.Enabled = enabled;
        await SaveAsync(database, CancellationToken.None);
        await receipts.StoreAsync(row.Id, changed.Audit!, CancellationToken.None); // The client of the SAM accepts no answer without proof.
        LogStatus(row.Id, enabled);
    }

    /// <summary>
    /// Deletes the key, revokes the certificate, forgets the credential. From the first step on it is gone for its
    /// signer. Neither of the two steps waits for the other; when one fails, the deletion is to be repeated.
    /// </summary>
    /// <exception cref="ProblemException">It names the steps that failed.</exception>
    public async Task DeleteAsync(string signer, string id, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        CredentialRow row = await FindAsync(database, signer, id, cancel);
        row.State = CredentialState.Deleting;
        await SaveAsync(database, cancel);

        var failures = new List<ProblemException>();
        await TryAsync("delete key", failures, () => DeleteKeyAsync(row));
        await TryAsync("revoke certificate", failures, () => RevokeAsync(row));
        if (failures is [var first, ..])
        {
            LogNotDeleted(id, signer, string.Join(" ", failures.Select(f => f.InnerException?.Message)));
            throw new ProblemException(first.Problem, first.Code, string.Join(" ", failures.Select(f => f.Message)), first);
        }

        database.Credentials.Remove(row);
        await SaveAsync(database, CancellationToken.None);
        LogDeleted(id, signer);
    }

    private static async Task TryAsync(string step, List<ProblemException> failures, Func<Task<bool>> act)
    {
        try
        {
            await StepAsync(step, act);
        }
        catch (ProblemException failure)
        {
            failures.Add(failure);
        }
    }

    /// <returns>Whether there was something to delete.</returns>
    private async Task<bool> DeleteKeyAsync(CredentialRow row)
    {
        // Before it was assigned, a key can do nothing, and the only copy of it is in this row.
        if (row.KeyVersion <= 1)
        {
            return false;
        }

        try
        {
            DeletedKeyPair deleted = await sams.UseAsync(s => s.DeleteAsync(
                new DeleteKeyPairRequest(row.KeyPair, new Signer(row.SignerId)), CancellationToken.None));
            await receipts.StoreAsync(row.Id, deleted.Audit!, CancellationToken.None); // As above.
            return true;
        }
        catch (PeerException refusal) when (refusal is { Outcome: PeerOutcome.Refused, Code: ProblemCodes.KeyDeleted })
        {
            // An earlier try came that far.
            return false;
        }
    }

    /// <returns>Whether there was something to revoke.</returns>
    private async Task<bool> RevokeAsync(CredentialRow row)
    {
        if (row.Certificate is not { } der)
        {
            return false;
        }

        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der);
        try
        {
            await pki.RevokeAsync(new RevocationRequest(certificate.SerialNumber, CessationOfOperation), CancellationToken.None);
            return true;
        }
        catch (PeerException refusal) when (refusal is { Outcome: PeerOutcome.Refused, Code: ProblemCodes.Conflict })
        {
            // It is revoked already.
            return false;
        }
    }

    private static async Task<CredentialRow> FindAsync(ServerDatabase database, string signer, string id, CancellationToken cancel) =>
        await database.Credentials.SingleOrDefaultAsync(c => c.Id == id && c.SignerId == signer, cancel)
        ?? throw new ProblemException(Problem.InvalidRequest, ProblemCodes.NotFound, "The signer has no such credential.");

    private static async Task SaveAsync(ServerDatabase database, CancellationToken cancel)
    {
        try
        {
            await database.SaveChangesAsync(cancel);
        }
        catch (DbUpdateConcurrencyException conflict)
        {
            throw new ProblemException(
                Problem.InvalidRequest, ProblemCodes.Conflict, "Somebody else changed the credential at the same time.", conflict);
        }
    }

    private static async Task<T> StepAsync<T>(string step, Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (PeerException failure)
        {
            throw new ProblemException(
                failure.Problem == Problem.Internal ? Problem.Unavailable : failure.Problem,
                failure.Code,
                Repeatable(step, failure.Message),
                failure);
        }
        catch (Exception failure) when (PostgreSql.IsUnavailable(failure))
        {
            throw new ProblemException(
                Problem.Unavailable,
                ProblemCodes.ServiceUnavailable,
                Repeatable(step, PostgreSql.UnavailableText),
                failure.GetBaseException());
        }
    }

    private static string Repeatable(string step, string text) => $"The step \"{step}\" failed: {text} It can be repeated.";

    [LoggerMessage(6213, LogLevel.Warning, "Credential {Credential} of signer {Signer} is gone for its signer, but not deleted yet: {Causes}")]
    private partial void LogNotDeleted(string credential, string signer, string causes);

    [LoggerMessage(6211, LogLevel.Information, "Credential {Credential}: enabled is {Enabled} now")]
    private partial void LogStatus(string credential, bool enabled);

    [LoggerMessage(6212, LogLevel.Information, "Credential {Credential} of signer {Signer} is deleted, its certificate revoked")]
    private partial void LogDeleted(string credential, string signer);
}
