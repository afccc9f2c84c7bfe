using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace RemoteSigning.Server.Storage;

/// <summary>The schema <c>server</c>: signers, credentials with their sealed keys, the SAM's receipts, applications and what they consumed.</summary>
internal sealed class ServerDatabase(DbContextOptions<ServerDatabase> options) : DbContext(options)
{
    public const string Schema = "server";

    public const string MigrationsTable = "migrations";

    public DbSet<SignerRow> Signers => Set<SignerRow>();

    public DbSet<CredentialRow> Credentials => Set<CredentialRow>();

    public DbSet<ReceiptRow> Receipts => Set<ReceiptRow>();

    public DbSet<ReceiptDigestRow> ReceiptDigests => Set<ReceiptDigestRow>();

    public DbSet<LogHeadRow> LogHeads => Set<LogHeadRow>();

    public DbSet<ApplicationRow> Applications => Set<ApplicationRow>();

    public DbSet<ConsumptionRow> Consumption => Set<ConsumptionRow>();

    public DbSet<SignatureResultRow> SignatureResults => Set<SignatureResultRow>();

    public DbSet<ResealRunRow> ResealRuns => Set<ResealRunRow>();

    public DbSet<WaitingApprovalRow> WaitingApprovals => Set<WaitingApprovalRow>();

    public DbSet<NotificationRow> Notifications => Set<NotificationRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasDefaultSchema(Schema);
        modelBuilder.Entity<SignerRow>(Signer);
        modelBuilder.Entity<CredentialRow>(Credential);
        modelBuilder.Entity<ReceiptRow>(Receipt);
        modelBuilder.Entity<ReceiptDigestRow>(ReceiptDigest);
        modelBuilder.Entity<LogHeadRow>(LogHead);
        modelBuilder.Entity<ApplicationRow>(Application);
        modelBuilder.Entity<ConsumptionRow>(DayOfConsumption);
        modelBuilder.Entity<SignatureResultRow>(SignatureResult);
        modelBuilder.Entity<DeviceRegistrationRow>(DeviceRegistration);
        modelBuilder.Entity<DeviceRow>(Device);
        modelBuilder.Entity<ResealRunRow>(ResealRun);
        modelBuilder.Entity<WaitingApprovalRow>(WaitingApproval);
        modelBuilder.Entity<NotificationRow>(Notification);
    }

    private static void Signer(EntityTypeBuilder<SignerRow> signer)
    {
        signer.ToTable("signers");
        signer.HasKey(s => s.Id);
        signer.Property(s => s.Id).HasColumnName("id").HasMaxLength(64);
        signer.Property(s => s.Email).HasColumnName("email").HasMaxLength(254);
        signer.Property(s => s.GivenName).HasColumnName("given_name").HasMaxLength(64);
        signer.Property(s => s.FamilyName).HasColumnName("family_name").HasMaxLength(64);
        signer.Property(s => s.CreatedAt).HasColumnName("created_at");
    }

    private static void Credential(EntityTypeBuilder<CredentialRow> credential)
    {
        credential.ToTable("credentials");
        credential.HasKey(c => c.Id);
        credential.Ignore(c => c.KeyPair);
        credential.Property(c => c.Id).HasColumnName("id").HasMaxLength(32);
        credential.Property(c => c.SignerId).HasColumnName("signer_id");
        credential.Property(c => c.State).HasColumnName("state").HasConversion<string>().HasMaxLength(16);
        credential.Property(c => c.Label).HasColumnName("label").HasMaxLength(255);
        credential.Property(c => c.Purpose).HasColumnName("purpose").HasMaxLength(16);
        credential.Property(c => c.Scal).HasColumnName("scal").HasMaxLength(1);
        credential.Property(c => c.AuthMode).HasColumnName("auth_mode").HasMaxLength(16);
        credential.Property(c => c.Pin).HasColumnName("pin");
        credential.Property(c => c.Otp).HasColumnName("otp");
        credential.Property(c => c.OtpChannel).HasColumnName("otp_channel").HasMaxLength(16);
        credential.Property(c => c.Multisign).HasColumnName("multisign");
        credential.Property(c => c.Policy).HasColumnName("policy").HasMaxLength(16);
        credential.HasOne(c => c.DeviceRegistration).WithOne().HasForeignKey<DeviceRegistrationRow>(d => d.CredentialId);
        credential.HasMany(c => c.Devices).WithOne().HasForeignKey(d => d.CredentialId);
        credential.Property(c => c.Subject).HasColumnName("subject");
        credential.Property(c => c.Enabled).HasColumnName("enabled");
        credential.Property(c => c.KeyId).HasColumnName("key_id").HasMaxLength(32);
        // Two changes of one key at a time: the SAM lets one win, and the loser must not store its older object.
        credential.Property(c => c.KeyVersion).HasColumnName("key_version").IsConcurrencyToken();
        credential.Property(c => c.PublicKey).HasColumnName("public_key");
        credential.Property(c => c.SealedKey).HasColumnName("sealed_key");
        credential.Property(c => c.ResealRun).HasColumnName("reseal_run");
        credential.Property(c => c.ResealOutcome).HasColumnName("reseal_outcome").HasMaxLength(32);
        credential.Property(c => c.Certificate).HasColumnName("certificate");
        ByteStrings(credential.Property(c => c.Issuers).HasColumnName("issuers"));
        credential.Property(c => c.NotBefore).HasColumnName("not_before");
        credential.Property(c => c.NotAfter).HasColumnName("not_after");
        credential.Property(c => c.CreatedAt).HasColumnName("created_at");
        credential.HasOne(c => c.Signer).WithMany().HasForeignKey(c => c.SignerId).OnDelete(DeleteBehavior.Restrict);
        credential.HasIndex(c => new { c.SignerId, c.Id });
        credential.HasIndex(c => c.KeyId).IsUnique();
    }

    private static void Receipt(EntityTypeBuilder<ReceiptRow> receipt)
    {
        receipt.ToTable("receipts");
        receipt.HasKey(r => r.Id);
        receipt.Property(r => r.Id).HasColumnName("id").UseIdentityAlwaysColumn();
        receipt.Property(r => r.Node).HasColumnName("node").HasMaxLength(255);
        receipt.Property(r => r.RecordIndex).HasColumnName("record_index");
        receipt.Property(r => r.TreeSize).HasColumnName("tree_size");
        receipt.Property(r => r.CredentialId).HasColumnName("credential_id").HasMaxLength(32);
        receipt.Property(r => r.Proof).HasColumnName("proof");
        receipt.Property(r => r.ReceivedAt).HasColumnName("received_at");
        receipt.HasMany(r => r.Digests).WithOne().HasForeignKey(d => d.ReceiptId).OnDelete(DeleteBehavior.Cascade);
        receipt.HasIndex(r => new { r.Node, r.RecordIndex }).IsUnique();
        receipt.HasIndex(r => r.TreeSize);
    }

    private static void ReceiptDigest(EntityTypeBuilder<ReceiptDigestRow> digest)
    {
        digest.ToTable("receipt_digests");
        digest.HasKey(d => new { d.Digest, d.ReceiptId });
        digest.Property(d => d.ReceiptId).HasColumnName("receipt_id");
        digest.Property(d => d.Digest).HasColumnName("digest");
    }

    private static void LogHead(EntityTypeBuilder<LogHeadRow> head)
    {
        head.ToTable("log_heads");
        head.HasKey(h => h.Node);
        head.Property(h => h.Node).HasColumnName("node").HasMaxLength(255);
        head.Property(h => h.TreeSize).HasColumnName("tree_size");
        head.Property(h => h.Head).HasColumnName("head");
        head.Property(h => h.SeenAt).HasColumnName("seen_at");
    }

    private static void Application(EntityTypeBuilder<ApplicationRow> application)
    {
        application.ToTable("applications");
        application.HasKey(a => a.ClientId);
        application.Ignore(a => a.Limits);
        application.Property(a => a.ClientId).HasColumnName("client_id").HasMaxLength(32);
        application.Property(a => a.Name).HasColumnName("name").HasMaxLength(100);
        application.Property(a => a.OwnerName).HasColumnName("owner_name").HasMaxLength(100);
        application.Property(a => a.OwnerEmail).HasColumnName("owner_email").HasMaxLength(254);
        application.Property(a => a.KeyHash).HasColumnName("key_hash");
        application.Property(a => a.Enabled).HasColumnName("enabled");
        application.Property(a => a.SignaturesPerTransaction).HasColumnName("signatures_per_transaction");
        application.Property(a => a.SignaturesPerDay).HasColumnName("signatures_per_day");
        application.Property(a => a.RequestsPerSecond).HasColumnName("requests_per_second");
        application.Property(a => a.Burst).HasColumnName("burst");
        application.Property(a => a.TokenRequestsPerSecond).HasColumnName("token_requests_per_second");
        application.Property(a => a.TokenBurst).HasColumnName("token_burst");
        application.Property(a => a.ResponseUris).HasColumnName("response_uris");
        application.Property(a => a.CreatedAt).HasColumnName("created_at");
        application.Property(a => a.DeletedAt).HasColumnName("deleted_at");
        application.HasIndex(a => a.KeyHash).IsUnique();
    }

    private static void DayOfConsumption(EntityTypeBuilder<ConsumptionRow> consumption)
    {
        consumption.ToTable("consumption");
        consumption.HasKey(c => new { c.ClientId, c.Day, c.Stripe });
        consumption.Property(c => c.ClientId).HasColumnName("client_id").HasMaxLength(128);
        consumption.Property(c => c.Day).HasColumnName("day");
        consumption.Property(c => c.Stripe).HasColumnName("stripe");
        consumption.Property(c => c.Signatures).HasColumnName("signatures");
    }

    private static void SignatureResult(EntityTypeBuilder<SignatureResultRow> result)
    {
        result.ToTable("signature_results");
        result.HasKey(r => r.Id);
        result.Property(r => r.Id).HasColumnName("id");
        result.Property(r => r.Signer).HasColumnName("signer").HasMaxLength(64);
        result.Property(r => r.Client).HasColumnName("client").HasMaxLength(255);
        result.Property(r => r.Result).HasColumnName("result");
        result.Property(r => r.StartedAt).HasColumnName("started_at");
        result.Property(r => r.ExpiresAt).HasColumnName("expires_at");
        result.HasIndex(r => r.ExpiresAt);
        result.HasIndex(r => new { r.Signer, r.Client });
    }

    private static void DeviceRegistration(EntityTypeBuilder<DeviceRegistrationRow> registration)
    {
        registration.ToTable("device_registrations");
        registration.HasKey(d => d.CredentialId);
        registration.Property(d => d.CredentialId).HasColumnName("credential_id");
        registration.Property(d => d.Registration).HasColumnName("registration");
        registration.Property(d => d.Node).HasColumnName("node").HasMaxLength(255);
        registration.Property(d => d.Content).HasColumnName("content");
        registration.Property(d => d.MaxDevices).HasColumnName("max_devices");
        registration.Property(d => d.CodeDigest).HasColumnName("code_digest");
        registration.Property(d => d.ExpiresAt).HasColumnName("expires_at");
    }

    private static void Device(EntityTypeBuilder<DeviceRow> device)
    {
        device.ToTable("devices");
        device.HasKey(d => new { d.CredentialId, d.DeviceId });
        device.Property(d => d.CredentialId).HasColumnName("credential_id");
        device.Property(d => d.DeviceId).HasColumnName("device_id");
        device.Property(d => d.EnrolledAt).HasColumnName("enrolled_at");
    }

    private static void ResealRun(EntityTypeBuilder<ResealRunRow> run)
    {
        run.ToTable("reseal_runs");
        run.HasKey(r => r.Id);
        run.Property(r => r.Id).HasColumnName("id").UseIdentityAlwaysColumn();
        run.Property(r => r.PerMinute).HasColumnName("per_minute");
        run.Property(r => r.StartedAt).HasColumnName("started_at");
        run.Property(r => r.FinishedAt).HasColumnName("finished_at");
        run.Property(r => r.PausedAt).HasColumnName("paused_at");
        run.Property(r => r.Stalled).HasColumnName("stalled");
    }

    private static void WaitingApproval(EntityTypeBuilder<WaitingApprovalRow> approval)
    {
        approval.ToTable("waiting_approvals");
        approval.HasKey(a => a.Id);
        approval.Property(a => a.Id).HasColumnName("id");
        approval.Property(a => a.Approval).HasColumnName("approval").HasMaxLength(512);
        approval.Property(a => a.Signer).HasColumnName("signer").HasMaxLength(64);
        approval.Property(a => a.Client).HasColumnName("client").HasMaxLength(255);
        approval.Property(a => a.CredentialId).HasColumnName("credential_id").HasMaxLength(32);
        approval.Property(a => a.SadHash).HasColumnName("sad_hash");
        approval.Property(a => a.Sad).HasColumnName("sad");
        approval.Property(a => a.Content).HasColumnName("content");
        approval.Property(a => a.Description).HasColumnName("description");
        approval.Property(a => a.Algorithm).HasColumnName("algorithm").HasMaxLength(64);
        approval.Property(a => a.Parameters).HasColumnName("parameters");
        ByteStrings(approval.Property(a => a.Hashes).HasColumnName("hashes"));
        approval.Property(a => a.State).HasColumnName("state").HasConversion<string>().HasMaxLength(16);
        approval.Property(a => a.Answer).HasColumnName("answer");
        approval.Property(a => a.CreatedAt).HasColumnName("created_at");
        approval.Property(a => a.DecidedAt).HasColumnName("decided_at");
        approval.Property(a => a.ExpiresAt).HasColumnName("expires_at");
        approval.HasIndex(a => a.SadHash).IsUnique();
        approval.HasIndex(a => new { a.Signer, a.CredentialId });
        approval.HasIndex(a => a.ExpiresAt);
    }

    private static void Notification(EntityTypeBuilder<NotificationRow> notification)
    {
        notification.ToTable("notifications");
        notification.HasKey(n => n.Id);
        notification.Property(n => n.Id).HasColumnName("id");
        notification.Property(n => n.Client).HasColumnName("client").HasMaxLength(255);
        notification.Property(n => n.Address).HasColumnName("address");
        notification.Property(n => n.KeyId).HasColumnName("key_id");
        notification.Property(n => n.SealedId).HasColumnName("sealed_id");
        notification.Property(n => n.Attempts).HasColumnName("attempts");
        notification.Property(n => n.NextAt).HasColumnName("next_at");
        notification.Property(n => n.ExpiresAt).HasColumnName("expires_at");
        notification.HasIndex(n => n.Client);
        notification.HasIndex(n => n.NextAt);
    }

    private static void ByteStrings(PropertyBuilder<IReadOnlyList<byte[]>> property) => property.HasConversion(
        list => list.ToArray(),
        array => array,
        new ValueComparer<IReadOnlyList<byte[]>>((a, b) => ReferenceEquals(a, b), list => list.Count, list => list));
}
