using Microsoft.EntityFrameworkCore;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Enrollment;

/// <summary>The persons who may have credentials.</summary>
internal sealed class SignerRegistry(IDbContextFactory<ServerDatabase> databases, TimeProvider clock)
{
    public async Task AddAsync(SignerRequest request, CancellationToken cancel)
    {
        EnrollmentRules.Check(request);
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        database.Signers.Add(new SignerRow
        {
            Id = request.Signer,
            Email = request.Email,
            GivenName = request.GivenName,
            FamilyName = request.FamilyName,
            CreatedAt = clock.GetUtcNow(),
        });
        try
        {
            await database.SaveChangesAsync(cancel);
        }
        catch (DbUpdateException duplicate) when (PostgreSql.IsDuplicate(duplicate))
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.Conflict, "The signer is known already.", duplicate);
        }
    }
}
