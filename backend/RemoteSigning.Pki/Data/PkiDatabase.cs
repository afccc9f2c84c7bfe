using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace RemoteSigning.Pki.Data;

/// <summary>The records of the CA, in a schema of its own.</summary>
internal sealed class PkiDatabase(DbContextOptions<PkiDatabase> options) : DbContext(options)
{
    public const string Schema = "pki";

    public DbSet<IssuedCertificate> Certificates => Set<IssuedCertificate>();

    public DbSet<RevocationList> RevocationLists => Set<RevocationList>();

    public DbSet<IssuedTimestamp> Timestamps => Set<IssuedTimestamp>();

    public DbSet<PkiEvent> Events => Set<PkiEvent>();

    /// <summary>The one place that names the database product.</summary>
    public static void Configure(DbContextOptionsBuilder builder, string connection) =>
        builder.UseNpgsql(connection, o => o.MigrationsHistoryTable("migrations", Schema));

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.HasDefaultSchema(Schema);
        modelBuilder.Entity<IssuedCertificate>(Define);
        modelBuilder.Entity<RevocationList>(Define);
        modelBuilder.Entity<IssuedTimestamp>(Define);
        modelBuilder.Entity<PkiEvent>(Define);
    }

    private static void Define(EntityTypeBuilder<IssuedCertificate> table)
    {
        table.ToTable("certificates");
        table.Property(c => c.Id).HasColumnName("id");
        table.Property(c => c.Issuer).HasColumnName("issuer").HasMaxLength(20);
        table.Property(c => c.SerialNumber).HasColumnName("serial_number").HasMaxLength(40);
        table.Property(c => c.Profile).HasColumnName("profile").HasMaxLength(20);
        table.Property(c => c.Subject).HasColumnName("subject");
        table.Property(c => c.PublicKeyDigest).HasColumnName("public_key_digest");
        table.Property(c => c.NotBefore).HasColumnName("not_before");
        table.Property(c => c.NotAfter).HasColumnName("not_after");
        table.Property(c => c.Der).HasColumnName("der");
        table.Property(c => c.RevokedAt).HasColumnName("revoked_at");
        table.Property(c => c.RevocationReason).HasColumnName("revocation_reason");
        table.HasIndex(c => new { c.Issuer, c.SerialNumber }).IsUnique();
        table.HasIndex(c => c.PublicKeyDigest);
        table.HasIndex(c => new { c.Issuer, c.RevokedAt }).HasFilter("revoked_at IS NOT NULL");
    }

    private static void Define(EntityTypeBuilder<RevocationList> table)
    {
        table.ToTable("revocation_lists");
        table.Property(l => l.Id).HasColumnName("id");
        table.Property(l => l.Issuer).HasColumnName("issuer").HasMaxLength(20);
        table.Property(l => l.Number).HasColumnName("number");
        table.Property(l => l.ThisUpdate).HasColumnName("this_update");
        table.Property(l => l.NextUpdate).HasColumnName("next_update");
        table.Property(l => l.Entries).HasColumnName("entries");
        table.Property(l => l.Der).HasColumnName("der");
        table.HasIndex(l => new { l.Issuer, l.Number }).IsUnique();
    }

    private static void Define(EntityTypeBuilder<IssuedTimestamp> table)
    {
        table.ToTable("timestamps");
        table.Property(t => t.Id).HasColumnName("id");
        table.Property(t => t.CertificateId).HasColumnName("certificate_id");
        table.Property(t => t.SerialNumber).HasColumnName("serial_number");
        table.Property(t => t.Time).HasColumnName("time");
        table.Property(t => t.Policy).HasColumnName("policy");
        table.Property(t => t.HashAlgorithm).HasColumnName("hash_algorithm");
        table.Property(t => t.Imprint).HasColumnName("imprint");
        table.HasIndex(t => t.SerialNumber).IsUnique();
        table.HasIndex(t => new { t.CertificateId, t.Time });
    }

    private static void Define(EntityTypeBuilder<PkiEvent> table)
    {
        table.ToTable("events");
        table.Property(e => e.Id).HasColumnName("id");
        table.Property(e => e.Time).HasColumnName("time");
        table.Property(e => e.Actor).HasColumnName("actor");
        table.Property(e => e.Action).HasColumnName("action").HasMaxLength(40);
        table.Property(e => e.Object).HasColumnName("object").HasMaxLength(40);
        table.Property(e => e.Detail).HasColumnName("detail");
        table.HasIndex(e => e.Object);
    }
}
