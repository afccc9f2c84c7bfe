using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace RemoteSigning.Server.Storage.Migrations;

/// <summary>Heads of the SAM's logs that came without a receipt.</summary>
[DbContext(typeof(ServerDatabase))]
[Migration("20261122000000_LogHeads")]
internal sealed class LogHeads : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable(
        name: "log_heads",
        schema: "server",
        columns: table => new
        {
            node = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
            tree_size = table.Column<long>(type: "bigint", nullable: false),
            head = table.Column<string>(type: "text", nullable: false),
            seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
        },
        constraints: table => table.PrimaryKey("PK_log_heads", x => x.node));

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropTable(name: "log_heads", schema: "server");
}
