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
            credential.Ignore(c => c.BindsHashes);
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
            activation.Property(a => a.Outcome).IsConcurrencyToken();
        });
        foreach (IMutableProperty property in model.Model.GetEntityTypes().SelectMany(e => e.GetProperties()))
        {
            property.SetColumnName(JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
        }
    }
}
