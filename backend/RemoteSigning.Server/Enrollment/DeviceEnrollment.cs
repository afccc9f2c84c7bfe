using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Server.Credentials;
using RemoteSigning.Server.Peers;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Enrollment;

/// <summary>
/// The course of a key to which its signer agrees: one whose signatures a device approves, or one of policy delegated, where no device takes
/// part and the rest is the same. An operator begins it and hands a code to the signer;
/// the signer goes on with that code, devices and factors. So neither this server nor the authorization server enrolls a device
/// without the other, nor the authorization server without an operator here.
/// </summary>
internal sealed partial class DeviceEnrollment(
    IDbContextFactory<ServerDatabase> databases,
    EnrollmentCourse course,
    SamNodes sams,
    AuthorizationClient authorization,
    TimeProvider clock,
    ILogger<DeviceEnrollment> logger)
{
    public const int MostDevices = 3;

    /// <summary>Generates the key, and has the authorization server write what the devices are to answer.</summary>
    /// <exception cref="ProblemException">The request or one of the steps was refused.</exception>
    public async Task<DevicesAwaited> BeginAsync(string signer, CredentialRequest request, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        CredentialRow row = await course.GenerateAsync(database, signer, request, cancel);
        string code = EnrollmentCode.New();
        DeviceRegistrationOffer offer = await course.Step("begin the registration of devices", row, () => OfferAsync(database, row, request, code));
        LogAwaited(row.Id, signer, offer.ExpiresIn);
        return new DevicesAwaited(row.Id, row.Label, row.KeyPair.KeyId, code, offer.ExpiresIn);
    }

    /// <summary>What the signer's devices are to answer, for whoever has the code.</summary>
    /// <returns>Null when there is no such wait, or the code is wrong.</returns>
    public async Task<DeviceRegistrationRow?> FindAsync(string signer, string id, string code, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        return (await FindAsync(database, signer, id, code, cancel))?.DeviceRegistration;
    }

    /// <summary>
    /// Has the authorization server vouch for the devices, the SAM assign the key with them, and goes on to the end of the course.
    /// Until the key is assigned the signer may try again.
    /// </summary>
    /// <returns>Null when there is no such wait, or the code is wrong.</returns>
    /// <exception cref="PeerException">The devices were not taken.</exception>
    /// <exception cref="ProblemException">They were, but a later step failed: the credential is of no use.</exception>
    public async Task<CredentialCreated?> CompleteAsync(
        string signer, string id, DeviceProof proof, IReadOnlyList<DeviceAnswer> devices, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        if (await FindAsync(database, signer, id, proof.Code, cancel) is not { DeviceRegistration: { } waiting } row)
        {
            return null;
        }

        DeviceRegistration[] registrations = [.. devices.Select(d => d.Registration)];
        Skad skad = await authorization.MintSkadAsync(
            new SkadRequest(proof.AccessToken, waiting.Registration, registrations, proof.Pin, proof.Otp), CancellationToken.None);
        KeyPair assigned = await Node(waiting.Node).Client.AssignAsync(
            new AssignKeyPairRequest(row.KeyPair, new Signer(signer), row.Subject, row.Purpose, row.Policy, registrations.Length == 0 ? null : registrations),
            skad.SamSkad,
            CancellationToken.None);
        Demand(devices, assigned);
        row.Devices.AddRange(devices.Select(d => new DeviceRow { CredentialId = row.Id, DeviceId = d.Id, EnrolledAt = clock.GetUtcNow() }));
        await course.Step("store the devices", row, () => course.StoreAsync(database, row, assigned, CredentialState.Assigned));
        LogEnrolled(devices.Count, row.Id, signer, skad.Jti);
        return await course.FinishAsync(database, row);
    }

    /// <summary>The devices of a credential, whatever became of it.</summary>
    /// <exception cref="ProblemException">There is no such credential.</exception>
    public async Task<EnrolledDevices> ListAsync(string signer, string id, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        CredentialRow row = await database.Credentials.AsNoTracking().Include(c => c.Devices)
            .SingleOrDefaultAsync(c => c.Id == id && c.SignerId == signer, cancel)
            ?? throw new ProblemException(Problem.InvalidRequest, ProblemCodes.NotFound, "The signer has no such credential.");
        return new EnrolledDevices(row.Policy, [.. row.Devices.Select(d => new EnrolledDevice(d.DeviceId, d.EnrolledAt.ToUnixTimeSeconds()))]);
    }

    private async Task<DeviceRegistrationOffer> OfferAsync(ServerDatabase database, CredentialRow row, CredentialRequest request, string code)
    {
        (SamStatus status, DeviceRegistrationOffer offer) = await sams.TryEachAsync(
            async node =>
            {
                SamStatus now = await node.GetAsync(CancellationToken.None);
                return (now, await authorization.BeginDeviceRegistrationAsync(Ask(row, request, now), CancellationToken.None));
            },
            (_, _) => { });
        row.DeviceRegistration = new DeviceRegistrationRow
        {
            CredentialId = row.Id,
            Registration = offer.Registration,
            Node = status.Node,
            Content = offer.Content,
            MaxDevices = MaxDevices(request),
            CodeDigest = EnrollmentCode.Digest(code),
            ExpiresAt = clock.GetUtcNow().AddSeconds(offer.ExpiresIn),
        };
        row.State = CredentialState.AwaitingDevices;
        await database.SaveChangesAsync(CancellationToken.None);
        return offer;
    }

    private static DeviceRegistrationRequest Ask(CredentialRow row, CredentialRequest request, SamStatus status) => new(
        row.Id,
        row.KeyPair.KeyId,
        KeyInfo.Of(row.KeyPair.PublicKey).SubjectPublicKeyInfo,
        row.SignerId,
        row.Subject,
        row.Purpose,
        status.Node,
        status.Epoch,
        request.TermsDigest!, // The rules demand it.
        MaxDevices(request),
        request.Policy);

    private static int MaxDevices(CredentialRequest request) => request.Policy == KeyPolicies.Device ? request.MaxDevices : 0;

    private async Task<CredentialRow?> FindAsync(ServerDatabase database, string signer, string id, string code, CancellationToken cancel)
    {
        string known = CredentialStore.IsId(id) ? id : "";
        CredentialRow? row = await database.Credentials.Include(c => c.DeviceRegistration).Include(c => c.Signer)
            .SingleOrDefaultAsync(c => c.Id == known && c.SignerId == signer && c.State == CredentialState.AwaitingDevices, cancel);
        return row?.DeviceRegistration is { } waiting
            && waiting.ExpiresAt > clock.GetUtcNow()
            && CryptographicOperations.FixedTimeEquals(waiting.CodeDigest, EnrollmentCode.Digest(code))
                ? row
                : null;
    }

    /// <summary>The content names one node; another one cannot do it.</summary>
    private SamNode Node(string name) => sams.All.FirstOrDefault(n => n.Name == name) ?? throw new PeerException(
        SamClient.Name, PeerOutcome.NotSent, Problem.Unavailable, ProblemCodes.ServiceUnavailable, $"The node {name} is not configured any more.");

    /// <summary>The ids are what devices are asked by; the SAM has read them in what the devices signed.</summary>
    private static void Demand(IReadOnlyList<DeviceAnswer> devices, KeyPair assigned)
    {
        AuditRecord? record = JsonSerializer.Deserialize(assigned.Audit!.Record, AuditJson.Default.AuditRecord); // Its client accepts no answer without proof.
        IEnumerable<string> told = devices.Select(d => Base64Url.EncodeToString(SHA256.HashData(d.Id)));
        if (record is null || !(record.Devices ?? []).SequenceEqual(told))
        {
            throw PeerException.Unbelievable(SamClient.Name, "The SAM recorded other devices than those that were told.");
        }
    }

    [LoggerMessage(6231, LogLevel.Information, "Credential {Credential} of signer {Signer} waits {Seconds} s for devices")]
    private partial void LogAwaited(string credential, string signer, int seconds);

    [LoggerMessage(6232, LogLevel.Warning, "{Count} devices approve signatures of credential {Credential} of signer {Signer} from now on, SKAD {Jti}")]
    private partial void LogEnrolled(int count, string credential, string signer, string jti);
}
