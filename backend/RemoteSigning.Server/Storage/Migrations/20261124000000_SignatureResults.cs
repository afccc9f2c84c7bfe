using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace RemoteSigning.Server.Storage.Migrations;

/// <summary>What became of asynchronous signatures.</summary>
[DbContext(typeof(ServerDatabase))]
[Migration("20261124000000_SignatureResults")]
internal sealed class SignatureResults : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "signature_results",
            schema: "server",
            columns: table => new
            {
                id = table.Column<byte[]>(type: "bytea", nullable: false),
                signer = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                client = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                result = table.Column<byte[]>(type: "bytea", nullable: true),
                started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_signature_results", x => x.id));
        migrationBuilder.CreateIndex(
            name: "IX_signature_results_expires_at", schema: "server", table: "signature_results", column: "expires_at");
        migrationBuilder.CreateIndex(
            name: "IX_signature_results_signer_client", schema: "server", table: "signature_results", columns: ["signer", "client"]);
    }

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) =>
        migrationBuilder.DropTable(name: "signature_results", schema: "server");
}
