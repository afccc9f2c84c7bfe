using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace RemoteSigning.Authorization.Storage.Migrations;

/// <summary>Devices of signers: registrations, the SKADs that came of them, and contents that wait for an approval.</summary>
[DbContext(typeof(AuthorizationDatabase))]
[Migration("20261122000000_Devices")]
internal sealed class Devices : Migration
{
    private const string Schema = "authz";

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<string>(
            name: "policy", schema: Schema, table: "credentials", type: "text", nullable: false, defaultValue: "delegated");
        migrationBuilder.AddColumn<string>(name: "approval_id", schema: Schema, table: "activations", type: "text", nullable: true);
        CreateApprovals(migrationBuilder);
        CreateRegistrations(migrationBuilder);
        migrationBuilder.CreateTable(
            name: "skads",
            schema: Schema,
            columns: table => new
            {
                jti = table.Column<string>(type: "text", nullable: false),
                registration_id = table.Column<string>(type: "text", nullable: false),
                devices = table.Column<byte[]>(type: "bytea", nullable: false),
                acr = table.Column<string>(type: "text", nullable: false),
                amr = table.Column<string>(type: "text", nullable: false),
                created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_skads", x => x.jti);
                table.ForeignKey(
                    "FK_skads_device_registrations_registration_id", x => x.registration_id, "device_registrations", "id", Schema, onDelete: ReferentialAction.Cascade);
            });
        migrationBuilder.CreateIndex(name: "IX_skads_registration_id", schema: Schema, table: "skads", column: "registration_id");
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropTable(name: "skads", schema: Schema);
        migrationBuilder.DropTable(name: "device_registrations", schema: Schema);
        migrationBuilder.DropColumn(name: "approval_id", schema: Schema, table: "activations");
        migrationBuilder.DropTable(name: "approvals", schema: Schema);
        migrationBuilder.DropColumn(name: "policy", schema: Schema, table: "credentials");
    }

    private static void CreateApprovals(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "approvals",
            schema: Schema,
            columns: table => new
            {
                id = table.Column<string>(type: "text", nullable: false),
                transaction_id = table.Column<string>(type: "text", nullable: false),
                node = table.Column<string>(type: "text", nullable: false),
                epoch = table.Column<string>(type: "text", nullable: false),
                count = table.Column<int>(type: "integer", nullable: false),
                digests = table.Column<byte[]>(type: "bytea", nullable: true),
                set_digest = table.Column<byte[]>(type: "bytea", nullable: false),
                content = table.Column<string>(type: "text", nullable: false),
                created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                minted = table.Column<int>(type: "integer", nullable: false),
                closed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                version = table.Column<int>(type: "integer", nullable: false),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_approvals", x => x.id);
                table.ForeignKey(
                    "FK_approvals_transactions_transaction_id", x => x.transaction_id, "transactions", "id", Schema, onDelete: ReferentialAction.Cascade);
            });
        migrationBuilder.CreateIndex(name: "IX_approvals_transaction_id", schema: Schema, table: "approvals", column: "transaction_id");
        migrationBuilder.CreateIndex(name: "IX_activations_approval_id", schema: Schema, table: "activations", column: "approval_id");
        migrationBuilder.AddForeignKey(
            name: "FK_activations_approvals_approval_id",
            schema: Schema,
            table: "activations",
            column: "approval_id",
            principalSchema: Schema,
            principalTable: "approvals",
            principalColumn: "id");
    }

    private static void CreateRegistrations(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.CreateTable(
            name: "device_registrations",
            schema: Schema,
            columns: table => new
            {
                id = table.Column<string>(type: "text", nullable: false),
                credential_id = table.Column<string>(type: "text", nullable: false),
                key_id = table.Column<string>(type: "text", nullable: false),
                signer = table.Column<string>(type: "text", nullable: false),
                ssa = table.Column<string>(type: "text", nullable: false),
                terms_digest = table.Column<byte[]>(type: "bytea", nullable: false),
                max_devices = table.Column<int>(type: "integer", nullable: false),
                content = table.Column<string>(type: "text", nullable: false),
                created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                minted = table.Column<int>(type: "integer", nullable: false),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_device_registrations", x => x.id);
                table.ForeignKey(
                    "FK_device_registrations_accounts_signer", x => x.signer, "accounts", "signer", Schema, onDelete: ReferentialAction.Restrict);
            });
        foreach ((string column, bool unique) in ((string, bool)[])[("credential_id", true), ("key_id", true), ("signer", false)])
        {
            migrationBuilder.CreateIndex(
                name: $"IX_device_registrations_{column}", schema: Schema, table: "device_registrations", column: column, unique: unique);
        }
    }
}
