using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace RemoteSigning.Authorization.Storage;

/// <summary>The authorization server's own schema; no other process has a role that may read it.</summary>
internal sealed class AuthorizationDatabase(DbContextOptions<AuthorizationDatabase> options) : DbContext(options)
{
    /// <summary>Not <c>authorization</c>, which is a reserved word of SQL.</summary>
    public const string Schema = "authz";

    public DbSet<AccountRow> Accounts => Set<AccountRow>();

    public DbSet<GrantRow> Grants => Set<GrantRow>();

    public DbSet<TokenRow> Tokens => Set<TokenRow>();

    public DbSet<CredentialRow> Credentials => Set<CredentialRow>();

    public DbSet<TransactionRow> Transactions => Set<TransactionRow>();

    public DbSet<ActivationRow> Activations => Set<ActivationRow>();

    public DbSet<ApprovalRow> Approvals => Set<ApprovalRow>();

    public DbSet<DeviceRegistrationRow> DeviceRegistrations => Set<DeviceRegistrationRow>();

    public DbSet<SkadRow> Skads => Set<SkadRow>();

    public DbSet<AddressChangeRow> AddressChanges => Set<AddressChangeRow>();

    protected override void OnModelCreating(ModelBuilder model)
    {
        model.HasDefaultSchema(Schema);
        model.Entity<AccountRow>(account =>
        {
            account.ToTable("accounts").HasKey(a => a.Signer);
            account.HasIndex(a => a.Email).IsUnique();
        });
        model.Entity<GrantRow>(grant =>
        {
            grant.ToTable("grants").HasKey(g => g.Id);
            grant.HasOne(g => g.Account).WithMany().HasForeignKey(g => g.Signer);
        });
        model.Entity<TokenRow>(token =>
        {
            token.ToTable("tokens").HasKey(t => t.Hash);
            token.HasOne(t => t.Grant).WithMany(g => g.Tokens).HasForeignKey(t => t.GrantId);
            token.HasIndex(t => t.ExpiresAt);
            token.Property(t => t.UsedAt).IsConcurrencyToken();
        });
        model.Entity<CredentialRow>(credential =>
        {
            credential.ToTable("credentials").HasKey(c => c.CredentialId);
            credential.HasIndex(c => c.KeyId).IsUnique();
            credential.HasOne(c => c.Account).WithMany().HasForeignKey(c => c.Signer).OnDelete(DeleteBehavior.Restrict);
            credential.Ignore(c => c.BindsHashes).Ignore(c => c.HasDevices);
        });
        model.Entity<TransactionRow>(transaction =>
        {
            transaction.ToTable("transactions").HasKey(t => t.Id);
            transaction.HasIndex(t => t.SadHash).IsUnique();
            transaction.HasIndex(t => t.ExpiresAt);
            transaction.HasOne(t => t.Credential).WithMany().HasForeignKey(t => t.CredentialId).OnDelete(DeleteBehavior.Restrict);
            transaction.Property(t => t.Version).IsConcurrencyToken();
        });
        model.Entity<ActivationRow>(activation =>
        {
            activation.ToTable("activations").HasKey(a => a.Jti);
            activation.HasOne(a => a.Transaction).WithMany().HasForeignKey(a => a.TransactionId);
            activation.HasOne(a => a.Approval).WithMany().HasForeignKey(a => a.ApprovalId);
            activation.Property(a => a.Outcome).IsConcurrencyToken();
        });
        model.Entity<ApprovalRow>(approval =>
        {
            approval.ToTable("approvals").HasKey(a => a.Id);
            approval.HasOne(a => a.Transaction).WithMany().HasForeignKey(a => a.TransactionId);
            approval.Property(a => a.Version).IsConcurrencyToken();
        });
        model.Entity<DeviceRegistrationRow>(registration =>
        {
            registration.ToTable("device_registrations").HasKey(r => r.Id);
            registration.HasIndex(r => r.CredentialId).IsUnique();
            registration.HasIndex(r => r.KeyId).IsUnique();
            registration.HasOne(r => r.Account).WithMany().HasForeignKey(r => r.Signer).OnDelete(DeleteBehavior.Restrict);
            registration.HasMany(r => r.Skads).WithOne().HasForeignKey(s => s.RegistrationId);
            registration.Property(r => r.Minted).IsConcurrencyToken();
            registration.Ignore(r => r.HasDevices);
        });
        model.Entity<AddressChangeRow>(change =>
        {
            change.ToTable("address_changes").HasKey(c => c.Id);
            change.HasIndex(c => c.Signer);
        });
        model.Entity<SkadRow>(skad => skad.ToTable("skads").HasKey(s => s.Jti));
        foreach (IMutableProperty property in model.Model.GetEntityTypes().SelectMany(e => e.GetProperties()))
        {
            property.SetColumnName(JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
        }
    }
}
