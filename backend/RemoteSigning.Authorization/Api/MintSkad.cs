using System.Buffers.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Factors;
using RemoteSigning.Authorization.Keys;
using RemoteSigning.Authorization.Options;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary>
/// <c>POST skads</c>: the signer vouches for devices, with PIN and one-time code whatever the credential will demand later: what is
/// registered here cannot be changed, and approves from then on.
/// </summary>
internal sealed class MintSkad(
    IDbContextFactory<AuthorizationDatabase> databases,
    AuthorizationKeys keys,
    SigningPin pin,
    OneTimePassword otp,
    AuthorizationOptions options,
    TimeProvider clock,
    ILogger<MintSkad> logger)
{
    /// <summary>An answer of the SAM may be lost, or a device refused there.</summary>
    public const int MostSkads = 5;

    private const string Factors = "pwd pin otp";

    public async Task<Skad> ActAsync(RegisteredClient caller, SkadRequest request, CancellationToken cancel)
    {
        await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
        (DeviceRegistrationRow registration, AccountRow account) = await FindAsync(database, caller, request, cancel);
        IReadOnlyList<byte[]> devices = RegisteredDevices.Demand(registration.Content, registration.MaxDevices, request.Devices);
        DemandFactors(request);
        await pin.CheckAsync(database, account, request.Pin ?? "");
        await otp.UseAsync(database, account, request.Otp ?? "");

        (SkadRow row, string compact) = Mint(registration, devices);
        registration.Minted++;
        registration.Skads.Add(row);
        try
        {
            await database.SaveChangesAsync(cancel);
        }
        catch (DbUpdateConcurrencyException e)
        {
            throw new ProblemException(
                Problem.InvalidRequest, ProblemCodes.Conflict, "Another request for this registration came first.", e);
        }

        logger.SkadMinted(row.Jti, devices.Count, registration.Id, registration.Signer, registration.CredentialId, row.Amr);
        return new Skad(row.Jti, compact);
    }

    private async Task<(DeviceRegistrationRow Registration, AccountRow Account)> FindAsync(
        AuthorizationDatabase database, RegisteredClient caller, SkadRequest request, CancellationToken cancel)
    {
        string id = Names.IsId(request.Registration) ? request.Registration : "";
        DateTimeOffset now = clock.GetUtcNow();
        var found = await (
            from token in database.AccessToken(caller, request.AccessToken)
            from registration in database.DeviceRegistrations
                .Where(r => r.Id == id && r.Ssa == caller.Id && r.Signer == token.Grant!.Signer)
                .DefaultIfEmpty()
            select new { token.ExpiresAt, Account = token.Grant!.Account!, Registration = registration })
            .SingleOrDefaultAsync(cancel) ?? throw AccessTokens.Invalid();
        AccessTokens.DemandLive(found.ExpiresAt, now);
        if (found.Registration is not { } waiting)
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.NotFound, "No such registration waits for devices.");
        }

        if (waiting.ExpiresAt <= now || waiting.Minted >= MostSkads)
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.RegistrationExpired, "The registration of devices has ended.");
        }

        if (await database.Credentials.AnyAsync(c => c.CredentialId == waiting.CredentialId, cancel))
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.Conflict, "The credential has its devices for good.");
        }

        return (waiting, found.Account);
    }

    private static void DemandFactors(SkadRequest request)
    {
        if (string.IsNullOrEmpty(request.Pin))
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.PinMissing, "The PIN is missing.");
        }

        if (string.IsNullOrEmpty(request.Otp))
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.OtpMissing, "The one-time password is missing.");
        }
    }

    private (SkadRow Row, string Compact) Mint(DeviceRegistrationRow registration, IReadOnlyList<byte[]> devices)
    {
        AssignmentContent content = JsonSerializer.Deserialize(registration.Content, ActivationJson.Default.AssignmentContent)
            ?? throw new InvalidOperationException($"The registration {registration.Id} has no content.");
        DateTimeOffset now = clock.GetUtcNow();
        long issued = now.ToUnixTimeSeconds();
        var claims = new SkadClaims(
            options.Issuer,
            content.Node,
            content.Epoch,
            Secrets.NewId(),
            issued,
            issued + options.Limits.ActivationSeconds,
            registration.Content,
            [.. devices.Select(d => Base64Url.EncodeToString(d))]);
        var row = new SkadRow
        {
            Jti = claims.Jti,
            RegistrationId = registration.Id,
            Devices = [.. devices.SelectMany(d => d)],
            Acr = AssuranceLevel.Substantial,
            Amr = Factors,
            CreatedAt = now,
        };
        return (row, keys.SignSkad(JsonSerializer.SerializeToUtf8Bytes(claims, ActivationJson.Default.SkadClaims)));
    }
}
