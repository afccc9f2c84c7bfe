using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace RemoteSigning.Server.Storage.Migrations;

/// <summary>Notifications to <c>response_uri</c> that were not delivered yet.</summary>
[DbContext(typeof(ServerDatabase))]
[Migration("20261126000000_Notifications")]
internal sealed class Notifications : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "notifications",
            schema: "server",
            columns: table => new
            {
                id = table.Column<byte[]>(type: "bytea", nullable: false),
                client = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                address = table.Column<string>(type: "text", nullable: false),
                key_id = table.Column<byte[]>(type: "bytea", nullable: false),
                sealed_id = table.Column<byte[]>(type: "bytea", nullable: false),
                attempts = table.Column<int>(type: "integer", nullable: false),
                next_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_notifications", x => x.id));
        migrationBuilder.CreateIndex(name: "IX_notifications_client", schema: "server", table: "notifications", column: "client");
        migrationBuilder.CreateIndex(name: "IX_notifications_next_at", schema: "server", table: "notifications", column: "next_at");
    }

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropTable(name: "notifications", schema: "server");
}
