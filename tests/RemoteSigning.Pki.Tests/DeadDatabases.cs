using Microsoft.EntityFrameworkCore;
using RemoteSigning.Pki.Data;

namespace RemoteSigning.Pki.Tests;

/// <summary>A database at an address where nothing listens.</summary>
internal sealed class DeadDatabases : IDbContextFactory<PkiDatabase>
{
    public PkiDatabase CreateDbContext() => PkiHost.OpenDatabase(
        new() { Database = "Host=127.0.0.1;Port=1;Database=none;Username=none;Password=none" });
}
