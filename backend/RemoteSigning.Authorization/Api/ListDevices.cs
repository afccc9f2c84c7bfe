using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary><c>POST device_lists</c>: a signer learns which devices were vouched for in the signer's name.</summary>
internal sealed class ListDevices(IDbContextFactory<AuthorizationDatabase> databases, TimeProvider clock)
{
    public async Task<DeviceList> ActAsync(RegisteredClient caller, DeviceListRequest request, CancellationToken cancel)
    {
        await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
        string id = Names.IsId(request.CredentialId) ? request.CredentialId : "";
        var found = await (
            from token in database.AccessToken(caller, request.AccessToken)
            from registration in database.DeviceRegistrations
                .Where(r => r.CredentialId == id && r.Ssa == caller.Id && r.Signer == token.Grant!.Signer)
                .DefaultIfEmpty()
            select new { token.ExpiresAt, Registration = registration })
            .SingleOrDefaultAsync(cancel) ?? throw AccessTokens.Invalid();
        AccessTokens.DemandLive(found.ExpiresAt, clock.GetUtcNow());
        if (found.Registration is not { } row)
        {
            throw new ProblemException(Problem.UnknownKey, ProblemCodes.CredentialUnknown, "There is no such credential with devices.");
        }

        List<SkadRow> skads = await database.Skads.AsNoTracking()
            .Where(s => s.RegistrationId == row.Id).OrderBy(s => s.CreatedAt).ThenBy(s => s.Jti).ToListAsync(cancel);
        return new DeviceList(row.CredentialId, row.KeyId, row.TermsDigest, row.MaxDevices, [.. skads.Select(Render)]);
    }

    private static MintedSkad Render(SkadRow skad) => new(
        skad.Jti,
        [.. skad.Devices.Chunk(SHA256.HashSizeInBytes)],
        skad.Acr,
        skad.Amr.Split(' '),
        skad.CreatedAt.ToUnixTimeSeconds());
}
