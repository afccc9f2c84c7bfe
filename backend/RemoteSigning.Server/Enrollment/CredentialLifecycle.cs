using System.Security.Cryptography.X509Certificates;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Pki;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Server.Peers;
using RemoteSigning.Server.Signing;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Enrollment;

/// <summary>What happens to credentials after enrollment: enabled, disabled, deleted.</summary>
internal sealed partial class CredentialLifecycle(
    IDbContextFactory<ServerDatabase> databases,
    SamClient sam,
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

        if (row.Enabled == enabled)
        {
            return;
        }

        KeyPair changed = await StepAsync("change status", () => sam.ChangeStatusAsync(
            new ChangeStatusRequest(row.KeyPair, new Signer(signer), new KeyPairStatus(true, enabled)), cancel));
        row.Store(changed);
        row.Enabled = enabled;
        await SaveAsync(database, cancel);
        await receipts.StoreAsync(row.Id, changed.Audit!, [], cancel); // The client of the SAM accepts no answer without proof.
        LogStatus(row.Id, enabled);
    }

    /// <summary>
    /// Deletes the key, revokes the certificate, forgets the credential. From the first step on it is gone for its
    /// signer; when a step fails, the deletion is to be repeated.
    /// </summary>
    public async Task DeleteAsync(string signer, string id, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        CredentialRow row = await FindAsync(database, signer, id, cancel);
        row.State = CredentialState.Deleting;
        await SaveAsync(database, cancel);

        // Before it was assigned, a key can do nothing, and the only copy of it is in this row.
        if (row.KeyVersion > 1)
        {
            await StepAsync("delete key", () => DeleteKeyAsync(row, cancel));
        }

        if (row.Certificate is { } certificate)
        {
            await StepAsync("revoke certificate", () => RevokeAsync(certificate, cancel));
        }

        database.Credentials.Remove(row);
        await SaveAsync(database, cancel);
        LogDeleted(id, signer);
    }

    private async Task<bool> DeleteKeyAsync(CredentialRow row, CancellationToken cancel)
    {
        try
        {
            DeletedKeyPair deleted = await sam.DeleteAsync(new DeleteKeyPairRequest(row.KeyPair, new Signer(row.SignerId)), cancel);
            await receipts.StoreAsync(row.Id, deleted.Audit!, [], cancel); // As above.
            return true;
        }
        catch (PeerException refusal) when (refusal is { Outcome: PeerOutcome.Refused, Code: ProblemCodes.KeyDeleted })
        {
            // An earlier try came that far.
            return false;
        }
    }

    private async Task<bool> RevokeAsync(byte[] der, CancellationToken cancel)
    {
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der);
        try
        {
            await pki.RevokeAsync(new RevocationRequest(certificate.SerialNumber, CessationOfOperation), cancel);
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
                $"The step \"{step}\" failed: {failure.Message} It can be repeated.",
                failure);
        }
    }

    [LoggerMessage(6211, LogLevel.Information, "Credential {Credential}: enabled is {Enabled} now")]
    private partial void LogStatus(string credential, bool enabled);

    [LoggerMessage(6212, LogLevel.Information, "Credential {Credential} of signer {Signer} is deleted, its certificate revoked")]
    private partial void LogDeleted(string credential, string signer);
}
