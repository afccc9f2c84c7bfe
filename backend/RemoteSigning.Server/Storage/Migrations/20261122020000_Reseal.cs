using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

namespace RemoteSigning.Server.Storage.Migrations;

/// <summary>Runs that move keys under the SAM's newest key-encryption key.</summary>
[DbContext(typeof(ServerDatabase))]
[Migration("20261122020000_Reseal")]
internal sealed class Reseal : Migration
{
    private const string Schema = "server";

    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<long>(name: "reseal_run", schema: Schema, table: "credentials", type: "bigint", nullable: true);
        migrationBuilder.AddColumn<string>(
            name: "reseal_outcome", schema: Schema, table: "credentials", type: "character varying(32)", maxLength: 32, nullable: true);
        migrationBuilder.CreateTable(
            name: "reseal_runs",
            schema: Schema,
            columns: table => new
            {
                id = table.Column<long>(type: "bigint", nullable: false)
                    .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                per_minute = table.Column<int>(type: "integer", nullable: false),
                started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                finished_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                paused_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                stalled = table.Column<string>(type: "text", nullable: true),
            },
            constraints: table => table.PrimaryKey("PK_reseal_runs", x => x.id));
    }

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropTable(name: "reseal_runs", schema: Schema);
        migrationBuilder.DropColumn(name: "reseal_outcome", schema: Schema, table: "credentials");
        migrationBuilder.DropColumn(name: "reseal_run", schema: Schema, table: "credentials");
    }
}
