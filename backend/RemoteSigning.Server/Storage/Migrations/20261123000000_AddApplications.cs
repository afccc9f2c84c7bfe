using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace RemoteSigning.Server.Storage.Migrations;

/// <summary>
/// Applications and what they consume. Whoever signed in before did so as <c>direct</c>, which begins without limits of its own.
/// </summary>
[DbContext(typeof(ServerDatabase))]
[Migration("20261123000000_AddApplications")]
internal sealed class AddApplications : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "applications",
            schema: "server",
            columns: table => new
            {
                client_id = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                owner_name = table.Column<string>(type: "character varying(100)", maxLength: 100, nullable: false),
                owner_email = table.Column<string>(type: "character varying(254)", maxLength: 254, nullable: false),
                key_hash = table.Column<byte[]>(type: "bytea", nullable: true),
                enabled = table.Column<bool>(type: "boolean", nullable: false),
                signatures_per_transaction = table.Column<int>(type: "integer", nullable: false),
                signatures_per_day = table.Column<long>(type: "bigint", nullable: true),
                requests_per_second = table.Column<int>(type: "integer", nullable: true),
                burst = table.Column<int>(type: "integer", nullable: true),
                token_requests_per_second = table.Column<int>(type: "integer", nullable: true),
                token_burst = table.Column<int>(type: "integer", nullable: true),
                created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                deleted_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_applications", x => x.client_id);
            });

        migrationBuilder.CreateTable(
            name: "consumption",
            schema: "server",
            columns: table => new
            {
                client_id = table.Column<string>(type: "character varying(128)", maxLength: 128, nullable: false),
                day = table.Column<DateOnly>(type: "date", nullable: false),
                stripe = table.Column<int>(type: "integer", nullable: false),
                signatures = table.Column<long>(type: "bigint", nullable: false)
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_consumption", x => new { x.client_id, x.day, x.stripe });
            });

        migrationBuilder.CreateIndex(
            name: "IX_applications_key_hash",
            schema: "server",
            table: "applications",
            column: "key_hash",
            unique: true);

        migrationBuilder.Sql(
            """
            INSERT INTO server.applications (client_id, name, owner_name, owner_email, enabled, signatures_per_transaction, created_at)
            VALUES ('direct', 'Clients without a key', 'The operator', '', true, 1000, now())
            """);
    }

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropTable(
            name: "applications",
            schema: "server");

        migrationBuilder.DropTable(
            name: "consumption",
            schema: "server");
    }
}
