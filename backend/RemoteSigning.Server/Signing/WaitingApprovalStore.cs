using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Signing;

/// <summary>Keeps transactions whose device answers in another place, until their SADs are fetched or their time is over.</summary>
internal sealed class WaitingApprovalStore(IDbContextFactory<ServerDatabase> databases, TimeProvider clock)
{
    /// <summary>Approvals that may wait for one credential at a time.</summary>
    public const int MostWaiting = 10;

    /// <summary>Refusals and wrong answers after which a credential rests: who is asked again and again says yes at last.</summary>
    public const int MostRefusals = 5;

    /// <summary>How long a refusal counts.</summary>
    public static readonly TimeSpan RefusalCounts = TimeSpan.FromHours(1);

    private static readonly ReferenceCipher Cipher = new("approvals/01"u8, "RemoteSigning waiting approval v1"u8);

    /// <summary>Whether too much was refused of late.</summary>
    public async Task<bool> IsLockedAsync(string credentialId, CancellationToken cancel)
    {
        DateTimeOffset since = clock.GetUtcNow() - RefusalCounts;
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        return await database.WaitingApprovals.CountAsync(
            a => a.CredentialId == credentialId && a.DecidedAt > since
                && (a.State == WaitingApprovalState.Refused || a.State == WaitingApprovalState.Wrong),
            cancel) >= MostRefusals;
    }

    /// <summary>When the next place becomes free; null when there is one.</summary>
    public async Task<TimeSpan?> FindWaitAsync(string credentialId, CancellationToken cancel)
    {
        DateTimeOffset now = clock.GetUtcNow();
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        List<DateTimeOffset> ends = await Waiting(database, now).Where(a => a.CredentialId == credentialId)
            .OrderBy(a => a.ExpiresAt).Select(a => a.ExpiresAt).ToListAsync(cancel);
        return ends.Count < MostWaiting ? null : ends[0] - now;
    }

    /// <summary>Keeps what a device is to approve.</summary>
    /// <param name="order">Its SAD leaves when a device has answered.</param>
    /// <returns>The handle, 256 random bits.</returns>
    public async Task<string> OpenAsync(
        SignatureOrder order, string? description, ApprovalPlace place, ApprovalContent approval, CancellationToken cancel)
    {
        DateTimeOffset now = clock.GetUtcNow();
        string handle = ReferenceCipher.NewReference();
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        DateTimeOffset forgotten = now - RefusalCounts;
        await database.WaitingApprovals.Where(a => a.ExpiresAt < forgotten).ExecuteDeleteAsync(cancel);
        database.WaitingApprovals.Add(new WaitingApprovalRow
        {
            Id = ReferenceCipher.Hash(handle),
            Approval = place.ToString(),
            Signer = order.Credential.Signer,
            Client = order.ClientId,
            CredentialId = order.Credential.Id,
            SadHash = ReferenceCipher.Hash(order.Sad),
            Sad = Cipher.Seal(handle, Encoding.UTF8.GetBytes(order.Sad)),
            Content = approval.Content,
            Description = description,
            Algorithm = order.Algorithm.Oid,
            Parameters = order.Algorithm.Parameters(),
            Hashes = order.Digests,
            State = WaitingApprovalState.Waiting,
            CreatedAt = now,
            ExpiresAt = now.AddSeconds(approval.ExpiresIn),
        });
        await database.SaveChangesAsync(cancel);
        return handle;
    }

    /// <summary>Null when there is none of this handle for this signer and application, or not any more.</summary>
    public async Task<WaitingApproval?> FindAsync(string handle, string signer, string client, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        return await Begun(database, handle, signer, client)
            .Select(a => new WaitingApproval(a.CredentialId, a.State, a.ExpiresAt)).SingleOrDefaultAsync(cancel);
    }

    /// <summary>The <c>SAD</c> of what a device has approved, once; null when somebody else has taken it.</summary>
    public async Task<string?> TakeAsync(string handle, string signer, string client, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        byte[]? stored = await Begun(database, handle, signer, client)
            .Where(a => a.State == WaitingApprovalState.Approved).Select(a => a.Sad).SingleOrDefaultAsync(cancel);
        bool isMine = stored is not null && await Begun(database, handle, signer, client)
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.Sad, (byte[]?)null), cancel) == 1;
        return isMine ? Encoding.UTF8.GetString(Cipher.Open(handle, stored!)) : null; // It is mine, so it was there.
    }

    /// <summary>What waits for the signer, the oldest first, each with the name of the application that asks.</summary>
    /// <param name="client">An application sees its own; <see cref="TokenState.DirectClient"/>, where the signer's card is, sees all.</param>
    public async Task<IReadOnlyList<(WaitingApprovalRow Approval, string Application)>> ListAsync(
        string signer, string client, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        var waiting = await Shown(database, signer, client)
            .Join(database.Applications, a => a.Client, a => a.ClientId, (approval, application) => new { approval, application.Name })
            .OrderBy(a => a.approval.CreatedAt).AsNoTracking().ToListAsync(cancel);
        return [.. waiting.Select(a => (a.approval, a.Name))];
    }

    /// <summary>One of what waits for the signer, as above; null when there is none.</summary>
    public async Task<WaitingApprovalRow?> FindShownAsync(string approval, string signer, string client, CancellationToken cancel)
    {
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        return await Shown(database, signer, client).AsNoTracking().SingleOrDefaultAsync(a => a.Approval == approval, cancel);
    }

    /// <summary>Decides it once, whoever is first.</summary>
    /// <param name="approval">One that was found.</param>
    /// <returns>Whether it still waited.</returns>
    public async Task<bool> DecideAsync(
        WaitingApprovalRow approval, WaitingApprovalState state, DeviceApproval? answer, CancellationToken cancel)
    {
        DateTimeOffset now = clock.GetUtcNow();
        byte[]? stored = answer is null ? null : JsonSerializer.SerializeToUtf8Bytes(answer, SamJson.Default.DeviceApproval);
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        return await Waiting(database, now).Where(a => a.Id == approval.Id).ExecuteUpdateAsync(
            set => set
                .SetProperty(a => a.State, state)
                .SetProperty(a => a.Answer, stored)
                .SetProperty(a => a.DecidedAt, now),
            cancel) == 1;
    }

    /// <summary>What a device approved for this <c>SAD</c>; null when it is none that was handed out by a handle.</summary>
    public async Task<ApprovedElsewhere?> FindApprovedAsync(SignatureOrder order, CancellationToken cancel)
    {
        byte[] sadHash = ReferenceCipher.Hash(order.Sad);
        await using ServerDatabase database = await databases.CreateDbContextAsync(cancel);
        WaitingApprovalRow? row = await database.WaitingApprovals.AsNoTracking().SingleOrDefaultAsync(
            a => a.SadHash == sadHash && a.Signer == order.Credential.Signer && a.Client == order.ClientId
                && a.CredentialId == order.Credential.Id && a.State == WaitingApprovalState.Approved,
            cancel);
        if (row is null)
        {
            return null;
        }

        ApprovalPlace? place = ApprovalPlace.Read(row.Approval);
        DeviceApproval? answer = JsonSerializer.Deserialize(row.Answer, SamJson.Default.DeviceApproval);
        return place is null || answer is null
            ? throw new InvalidOperationException("A stored approval has no place or no answer.")
            : new ApprovedElsewhere(new DeviceConsent(place, answer), row.Algorithm, row.Parameters, row.Hashes);
    }

    /// <summary>Those whose SAD was not handed out.</summary>
    private IQueryable<WaitingApprovalRow> Begun(ServerDatabase database, string handle, string signer, string client)
    {
        byte[] id = ReferenceCipher.Hash(handle);
        DateTimeOffset now = clock.GetUtcNow();
        return database.WaitingApprovals.Where(
            a => a.Id == id && a.Signer == signer && a.Client == client && a.ExpiresAt > now && a.Sad != null);
    }

    private IQueryable<WaitingApprovalRow> Shown(ServerDatabase database, string signer, string client) =>
        Waiting(database, clock.GetUtcNow())
            .Where(a => a.Signer == signer && (a.Client == client || client == TokenState.DirectClient));

    private static IQueryable<WaitingApprovalRow> Waiting(ServerDatabase database, DateTimeOffset now) =>
        database.WaitingApprovals.Where(a => a.State == WaitingApprovalState.Waiting && a.ExpiresAt > now);
}
