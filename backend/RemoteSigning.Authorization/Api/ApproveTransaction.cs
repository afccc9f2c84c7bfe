using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Factors;
using RemoteSigning.Authorization.Options;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary>
/// <c>POST transactions</c>: the signer approves signatures with the factors that the credential was registered
/// with, whatever the caller says, and gets a SAD for them.
/// </summary>
internal sealed class ApproveTransaction(
    IDbContextFactory<AuthorizationDatabase> databases,
    SigningPin pin,
    OneTimePassword otp,
    SentCode sentCode,
    AuthorizationOptions options,
    TimeProvider clock,
    ILogger<ApproveTransaction> logger)
{
    private const int DescriptionMaximum = 500;

    public async Task<Transaction> ActAsync(RegisteredClient caller, TransactionRequest request, CancellationToken cancel)
    {
        await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
        (AccountRow account, CredentialRow credential, string clientId) = await OwnCredential.FindAsync(
            database, caller, request.AccessToken, request.CredentialId, clock.GetUtcNow(), cancel);
        Demand(credential, request);
        string sad = Secrets.New();
        TransactionRow row = Row(credential, clientId, request, Secrets.Hash(sad));
        if (credential is { Pin: true, Otp: false })
        {
            await pin.CheckAsync(database, account, request.Pin ?? "", row);
        }
        else
        {
            await CheckFactorsAsync(database, account, credential, request);
            database.Transactions.Add(row);
            await database.SaveChangesAsync(cancel);
        }

        logger.Approved(row.Id, row.Signer, row.Approved, row.CredentialId, row.Amr);
        return new Transaction(sad, options.Limits.SadSeconds);
    }

    /// <summary>All that can be refused without looking at a factor, the missing ones at the end.</summary>
    private static void Demand(CredentialRow credential, TransactionRequest request)
    {
        if (credential.AuthMode != CredentialRow.Explicit)
        {
            throw new ProblemException(
                Problem.NotAllowed, ProblemCodes.NotAllowed, "This credential is not authorized by factors given here.");
        }

        if (request.NumSignatures < 1)
        {
            throw Names.Malformed("num_signatures is at least 1.");
        }

        if (request.NumSignatures > credential.Multisign)
        {
            throw ActivationEntries.CountTooHigh();
        }

        if (credential.BindsHashes)
        {
            DemandHashes(request);
        }

        if (credential.Pin && string.IsNullOrEmpty(request.Pin))
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.PinMissing, "The PIN is missing.");
        }

        if (credential.Otp && string.IsNullOrEmpty(request.Otp))
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.OtpMissing, "The one-time password is missing.");
        }
    }

    /// <summary>
    /// A hash for each signature: CSC lets a server refuse fewer, because what is filled in later was not seen
    /// when the factors were given.
    /// </summary>
    private static void DemandHashes(TransactionRequest request)
    {
        int given = request.Hashes?.Count ?? 0;
        if (given < request.NumSignatures)
        {
            throw new ProblemException(
                Problem.InvalidRequest, ProblemCodes.HashMissing, "This credential needs the hash of each signature.");
        }

        if (given > request.NumSignatures)
        {
            throw ActivationEntries.CountTooHigh();
        }

        ActivationEntries.Demand(request.Hashes ?? [], request.HashAlgorithm);
    }

    /// <summary>
    /// First the PIN, then the code: without the PIN nobody can use up a code or lock it.
    /// </summary>
    private async Task CheckFactorsAsync(
        AuthorizationDatabase database, AccountRow account, CredentialRow credential, TransactionRequest request)
    {
        if (credential.Pin)
        {
            await pin.CheckAsync(database, account, request.Pin ?? "");
        }

        if (credential.Otp)
        {
            await (credential.OtpChannel is null
                ? otp.UseAsync(database, account, request.Otp ?? "")
                : sentCode.UseAsync(database, account, credential.CredentialId, request.Otp ?? ""));
        }
    }

    private TransactionRow Row(CredentialRow credential, string clientId, TransactionRequest request, byte[] sadHash)
    {
        DateTimeOffset now = clock.GetUtcNow();
        return new TransactionRow
        {
            Id = Secrets.NewId(),
            SadHash = sadHash,
            Signer = credential.Signer,
            ClientId = clientId,
            Ssa = credential.Ssa,
            CredentialId = credential.CredentialId,
            HashAlgorithm = credential.BindsHashes ? request.HashAlgorithm : null,
            Description = CleanText.Of(request.Description, DescriptionMaximum),
            Acr = Acr(credential),
            Amr = Amr(credential),
            Approved = request.NumSignatures,
            Remaining = request.NumSignatures,
            Digests = credential.BindsHashes ? new DigestMultiset(request.Hashes ?? []).ToBytes() : null,
            CreatedAt = now,
            ExpiresAt = now.AddSeconds(options.Limits.SadSeconds),
        };
    }

    /// <summary>A mailbox is guarded by one more thing that the signer knows; an app or a telephone is something the signer has.</summary>
    private static string Acr(CredentialRow credential) => credential is { Otp: true, OtpChannel: null or OtpChannels.Sms }
        ? AssuranceLevel.Substantial
        : AssuranceLevel.Low;

    /// <summary>RFC 8176, which has a value for SMS and none for e-mail.</summary>
    private static string Amr(CredentialRow credential)
    {
        IEnumerable<string?> methods = ["pwd", credential.Pin ? "pin" : null, credential.Otp ? "otp" : null, credential.OtpChannel];
        return string.Join(' ', methods.OfType<string>());
    }
}
