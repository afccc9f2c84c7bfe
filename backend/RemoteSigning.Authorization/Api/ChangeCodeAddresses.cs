using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using RemoteSigning.Authorization.Codes;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary>
/// <c>PUT accounts/{signer}/code_addresses</c>: an operator, who has seen who asks, changes where codes go. A code that is under way dies; the
/// change is recorded with its operator; the signer is told where the codes went before.
/// </summary>
internal sealed class ChangeCodeAddresses(
    IDbContextFactory<AuthorizationDatabase> databases, AddressNotice notice, TimeProvider clock, ILogger<ChangeCodeAddresses> logger)
{
    public async Task ActAsync(RegisteredClient caller, string signer, CodeAddresses request, CancellationToken cancel)
    {
        Validate(request);
        await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
        string id = Names.IsId(signer) ? signer : "";
        AccountRow account = await database.Accounts.AsNoTracking().SingleOrDefaultAsync(a => a.Signer == id, cancel)
            ?? throw new ProblemException(Problem.InvalidRequest, ProblemCodes.NotFound, "There is no such signer.");
        List<AddressChangeRow> changes = Changes(account, request, caller.Id);
        if (changes.Count == 0)
        {
            return;
        }

        await SaveAsync(database, account, request, changes, cancel);
        logger.CodeAddressesChanged(signer, string.Join(' ', changes.Select(c => c.Channel)), caller.Id);
        if (await notice.SendAsync(CodeChannels.AddressOf(account, OtpChannels.Email), changes) is { } reason)
        {
            logger.AddressNoticeNotSent(signer, reason);
        }
    }

    private static void Validate(CodeAddresses request)
    {
        if (request is { Email: null, PhoneNumber: null })
        {
            throw Names.Malformed("There is neither email nor phone_number.");
        }

        if (request.Email is { } email && !Mailbox.IsAddress(email))
        {
            throw Names.Malformed("email is not an e-mail address to which codes can go.");
        }

        if (request.PhoneNumber is { } number && !Mailbox.IsPhoneNumber(number))
        {
            throw Names.Malformed("phone_number is not an E.164 number, as in +4915112345678.");
        }
    }

    private List<AddressChangeRow> Changes(AccountRow account, CodeAddresses request, string @operator)
    {
        (string Channel, string? After)[] wanted = [(OtpChannels.Email, request.Email), (OtpChannels.Sms, request.PhoneNumber)];
        return
        [
            .. from w in wanted
               let before = CodeChannels.AddressOf(account, w.Channel)
               where w.After is not null && w.After != before
               select new AddressChangeRow
               {
                   Signer = account.Signer,
                   Channel = w.Channel,
                   Before = before,
                   After = w.After,
                   Operator = @operator,
                   ChangedAt = clock.GetUtcNow(),
               },
        ];
    }

    /// <summary>
    /// Change and record in one transaction. The number of the code moves on, so that one that is just being sent never holds.
    /// </summary>
    private static async Task SaveAsync(
        AuthorizationDatabase database, AccountRow account, CodeAddresses request, List<AddressChangeRow> changes, CancellationToken cancel)
    {
        await using IDbContextTransaction transaction = await database.Database.BeginTransactionAsync(cancel);
        int changed = await database.Accounts
            .Where(a => a.Signer == account.Signer && a.CodeEmail == account.CodeEmail && a.PhoneNumber == account.PhoneNumber)
            .ExecuteUpdateAsync(
                set => set
                    .SetProperty(a => a.CodeEmail, request.Email ?? account.CodeEmail)
                    .SetProperty(a => a.PhoneNumber, request.PhoneNumber ?? account.PhoneNumber)
                    .SetProperty(a => a.CodeNumber, a => a.CodeNumber + 1)
                    .SetProperty(a => a.CodeSalt, (byte[]?)null)
                    .SetProperty(a => a.CodeVerifier, (byte[]?)null)
                    .SetProperty(a => a.CodeExpiresAt, (DateTimeOffset?)null),
                cancel);
        if (changed == 0)
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.Conflict, "Somebody else changed the addresses just now.");
        }

        database.AddressChanges.AddRange(changes);
        await database.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
    }
}
