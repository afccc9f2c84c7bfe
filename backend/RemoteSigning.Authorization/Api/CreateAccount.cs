using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Codes;
using RemoteSigning.Authorization.Factors;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary><c>POST accounts</c>: a signer with password, PIN and a fresh TOTP secret, told in this answer only.</summary>
internal sealed class CreateAccount(
    IDbContextFactory<AuthorizationDatabase> databases,
    Passwords passwords,
    SigningPin pins,
    OneTimePassword otp,
    TimeProvider clock,
    ILogger<CreateAccount> logger)
{
    public async Task<Account> ActAsync(RegisteredClient caller, AccountRequest request, CancellationToken cancel)
    {
        string email = Names.Email(request.Email) ?? throw Names.Malformed("email is not an e-mail address.");
        string givenName = Names.DemandPerson(request.GivenName, "given_name");
        string familyName = Names.DemandPerson(request.FamilyName, "family_name");
        if (request.PhoneNumber is { } number && !Mailbox.IsPhoneNumber(number))
        {
            throw Names.Malformed("phone_number is not an E.164 number, as in +4915112345678.");
        }

        FactorRules.DemandPassword(request.Password);
        FactorRules.DemandPin(request.Pin);

        string signer = Secrets.NewId();
        (byte[] salt, byte[] verifier) = pins.Create(signer, request.Pin);
        (string totpSecret, byte[] protectedSecret) = otp.Create(signer);
        await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
        database.Accounts.Add(new AccountRow
        {
            Signer = signer,
            Email = email,
            GivenName = givenName,
            FamilyName = familyName,
            PasswordHash = passwords.Hash(request.Password),
            PinSalt = salt,
            PinVerifier = verifier,
            TotpSecret = protectedSecret,
            PhoneNumber = request.PhoneNumber,
            CreatedAt = clock.GetUtcNow(),
        });
        await SaveAsync(database, cancel);
        logger.AccountCreated(signer, caller.Id);
        return new Account(signer, email, givenName, familyName, totpSecret);
    }

    private static async Task SaveAsync(AuthorizationDatabase database, CancellationToken cancel)
    {
        try
        {
            await database.SaveChangesAsync(cancel);
        }
        catch (DbUpdateException e) when (PostgreSql.IsDuplicate(e))
        {
            throw new ProblemException(
                Problem.InvalidRequest, ProblemCodes.Conflict, "There is an account with this e-mail address already.", e);
        }
    }
}
