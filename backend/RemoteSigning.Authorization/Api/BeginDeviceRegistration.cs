using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Options;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Api;

/// <summary>
/// <c>POST device_registrations</c>: writes what the devices of a signer are to answer before a new key is theirs, or what the signer agrees to
/// without a device.
/// </summary>
internal sealed class BeginDeviceRegistration(
    IDbContextFactory<AuthorizationDatabase> databases,
    TransactionUnits units,
    AuthorizationOptions options,
    TimeProvider clock,
    ILogger<BeginDeviceRegistration> logger)
{
    public const int MostDevices = 3;

    /// <summary>Registrations of one signer that wait for devices at a time.</summary>
    public const int MostWaiting = 10;

    private const int LongestPublicKey = 1024;
    private const int LongestSubject = 1024;

    public async Task<DeviceRegistrationOffer> ActAsync(
        RegisteredClient caller, DeviceRegistrationRequest request, CancellationToken cancel)
    {
        if (request.Policy == KeyPolicies.Device && options.Devices.RpId.Length == 0)
        {
            throw new ProblemException(Problem.NotAllowed, ProblemCodes.NotAllowed, "No devices are registered here.");
        }

        Validate(request);
        DateTimeOffset now = clock.GetUtcNow();
        await using AuthorizationDatabase database = await databases.CreateDbContextAsync(cancel);
        await DemandRoomAsync(database, request.Signer, now, cancel);
        DeviceRegistrationRow row = Row(caller, request, now);
        database.DeviceRegistrations.Add(row);
        try
        {
            await database.SaveChangesAsync(cancel);
        }
        catch (DbUpdateException e) when (PostgreSql.IsDuplicate(e))
        {
            throw new ProblemException(
                Problem.InvalidRequest, ProblemCodes.Conflict, "The credential or its key waited for devices before.", e);
        }

        logger.DeviceRegistrationBegun(row.Id, row.CredentialId, row.Signer, caller.Id);
        return new DeviceRegistrationOffer(row.Id, row.Content, options.Devices.RegistrationSeconds);
    }

    private void Validate(DeviceRegistrationRequest request)
    {
        Names.DemandId(request.CredentialId, "credential_id");
        Names.DemandId(request.KeyId, "key_id");
        Names.DemandId(request.Signer, "signer");
        units.DemandPlace(request.Node, request.Epoch);
        if (request.Purpose is not (KeyPurposes.Signature or KeyPurposes.Authentication))
        {
            throw Names.Malformed($"purpose is {KeyPurposes.Signature} or {KeyPurposes.Authentication}.");
        }

        if (request.PublicKey.Length is 0 or > LongestPublicKey || request.Subject.Length is 0 or > LongestSubject)
        {
            throw Names.Malformed("public_key or subject has an impossible length.");
        }

        if (request.TermsDigest.Length != SHA256.HashSizeInBytes)
        {
            throw Names.Malformed("terms_digest has 32 bytes.");
        }

        if (request.Policy is not (KeyPolicies.Delegated or KeyPolicies.Device))
        {
            throw Names.Malformed($"policy is {KeyPolicies.Delegated} or {KeyPolicies.Device}.");
        }

        bool hasDevices = request.Policy == KeyPolicies.Device;
        if (request.MaxDevices < (hasDevices ? 1 : 0) || request.MaxDevices > (hasDevices ? MostDevices : 0))
        {
            throw Names.Malformed($"max_devices is 1 to {MostDevices}, and 0 with policy {KeyPolicies.Delegated}.");
        }
    }

    private static async Task DemandRoomAsync(AuthorizationDatabase database, string signer, DateTimeOffset now, CancellationToken cancel)
    {
        if (!await database.Accounts.AnyAsync(a => a.Signer == signer, cancel))
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.NotFound, "There is no such signer.");
        }

        int waiting = await database.DeviceRegistrations.CountAsync(
            r => r.Signer == signer && r.ExpiresAt > now && r.Minted == 0, cancel);
        if (waiting >= MostWaiting)
        {
            throw new ProblemException(
                Problem.LimitReached, ProblemCodes.CountTooHigh, "Too many registrations of this signer wait for devices.");
        }
    }

    private DeviceRegistrationRow Row(RegisteredClient caller, DeviceRegistrationRequest request, DateTimeOffset now)
    {
        DateTimeOffset end = now.AddSeconds(options.Devices.RegistrationSeconds);
        var content = new AssignmentContent(
            AssignmentContent.CurrentVersion,
            request.Node,
            request.Epoch,
            request.KeyId,
            Base64Url.EncodeToString(SHA256.HashData(request.PublicKey)),
            request.Signer,
            request.Subject,
            request.Purpose,
            request.Policy,
            Base64Url.EncodeToString(request.TermsDigest),
            end.ToUnixTimeSeconds(),
            request.Policy == KeyPolicies.Device ? options.Devices.RpId : null,
            request.Policy == KeyPolicies.Device ? options.Devices.Origins : null);
        return new DeviceRegistrationRow
        {
            Id = Secrets.NewId(),
            CredentialId = request.CredentialId,
            KeyId = request.KeyId,
            Signer = request.Signer,
            Ssa = caller.Id,
            TermsDigest = request.TermsDigest,
            MaxDevices = request.MaxDevices,
            Content = JsonSerializer.Serialize(content, ActivationJson.Default.AssignmentContent),
            CreatedAt = now,
            ExpiresAt = end,
        };
    }
}
