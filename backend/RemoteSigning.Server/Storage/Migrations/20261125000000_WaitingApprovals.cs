using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace RemoteSigning.Server.Storage.Migrations;

/// <summary>Approvals that are given elsewhere.</summary>
[DbContext(typeof(ServerDatabase))]
[Migration("20261125000000_WaitingApprovals")]
internal sealed class WaitingApprovals : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "waiting_approvals",
            schema: "server",
            columns: table => new
            {
                id = table.Column<byte[]>(type: "bytea", nullable: false),
                approval = table.Column<string>(type: "character varying(512)", maxLength: 512, nullable: false),
                signer = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                client = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                credential_id = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                sad_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                sad = table.Column<byte[]>(type: "bytea", nullable: true),
                content = table.Column<string>(type: "text", nullable: false),
                description = table.Column<string>(type: "text", nullable: true),
                algorithm = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                parameters = table.Column<byte[]>(type: "bytea", nullable: false),
                hashes = table.Column<byte[][]>(type: "bytea[]", nullable: false),
                state = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                answer = table.Column<byte[]>(type: "bytea", nullable: true),
                created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                decided_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_waiting_approvals", x => x.id));
        migrationBuilder.CreateIndex(
            name: "IX_waiting_approvals_sad_hash", schema: "server", table: "waiting_approvals", column: "sad_hash", unique: true);
        migrationBuilder.CreateIndex(
            name: "IX_waiting_approvals_signer_credential_id", schema: "server", table: "waiting_approvals", columns: ["signer", "credential_id"]);
        migrationBuilder.CreateIndex(
            name: "IX_waiting_approvals_expires_at", schema: "server", table: "waiting_approvals", column: "expires_at");
    }

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) =>
        migrationBuilder.DropTable(name: "waiting_approvals", schema: "server");
}
