using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#pragma warning disable CA1861 // A migration runs once: its arrays need no field.

namespace RemoteSigning.Server.Storage.Migrations;

/// <summary>The first schema.</summary>
internal sealed partial class Initial : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.EnsureSchema(
            name: "server");

        migrationBuilder.CreateTable(
            name: "receipts",
            schema: "server",
            columns: table => new
            {
                id = table.Column<long>(type: "bigint", nullable: false)
                    .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityAlwaysColumn),
                node = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                record_index = table.Column<long>(type: "bigint", nullable: false),
                tree_size = table.Column<long>(type: "bigint", nullable: false),
                credential_id = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                proof = table.Column<string>(type: "text", nullable: false),
                received_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_receipts", x => x.id);
            });

        migrationBuilder.CreateTable(
            name: "signers",
            schema: "server",
            columns: table => new
            {
                id = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                email = table.Column<string>(type: "character varying(254)", maxLength: 254, nullable: false),
                given_name = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                family_name = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_signers", x => x.id);
            });

        migrationBuilder.CreateTable(
            name: "receipt_digests",
            schema: "server",
            columns: table => new
            {
                receipt_id = table.Column<long>(type: "bigint", nullable: false),
                digest = table.Column<byte[]>(type: "bytea", nullable: false)
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_receipt_digests", x => new { x.digest, x.receipt_id });
                table.ForeignKey(
                    name: "FK_receipt_digests_receipts_receipt_id",
                    column: x => x.receipt_id,
                    principalSchema: "server",
                    principalTable: "receipts",
                    principalColumn: "id",
                    onDelete: ReferentialAction.Cascade);
            });

        migrationBuilder.CreateTable(
            name: "credentials",
            schema: "server",
            columns: table => new
            {
                id = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                signer_id = table.Column<string>(type: "character varying(64)", nullable: false),
                state = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                label = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                purpose = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                scal = table.Column<string>(type: "character varying(1)", maxLength: 1, nullable: false),
                auth_mode = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                pin = table.Column<bool>(type: "boolean", nullable: false),
                otp = table.Column<bool>(type: "boolean", nullable: false),
                multisign = table.Column<int>(type: "integer", nullable: false),
                subject = table.Column<string>(type: "text", nullable: false),
                enabled = table.Column<bool>(type: "boolean", nullable: false),
                key_id = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: true),
                key_version = table.Column<int>(type: "integer", nullable: false),
                public_key = table.Column<string>(type: "text", nullable: true),
                sealed_key = table.Column<byte[]>(type: "bytea", nullable: true),
                certificate = table.Column<byte[]>(type: "bytea", nullable: true),
                issuers = table.Column<byte[][]>(type: "bytea[]", nullable: false),
                not_before = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                not_after = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_credentials", x => x.id);
                table.ForeignKey(
                    name: "FK_credentials_signers_signer_id",
                    column: x => x.signer_id,
                    principalSchema: "server",
                    principalTable: "signers",
                    principalColumn: "id",
                    onDelete: ReferentialAction.Restrict);
            });

        migrationBuilder.CreateIndex(
            name: "IX_credentials_key_id",
            schema: "server",
            table: "credentials",
            column: "key_id",
            unique: true);

        migrationBuilder.CreateIndex(
            name: "IX_credentials_signer_id_id",
            schema: "server",
            table: "credentials",
            columns: new[] { "signer_id", "id" });

        migrationBuilder.CreateIndex(
            name: "IX_receipt_digests_receipt_id",
            schema: "server",
            table: "receipt_digests",
            column: "receipt_id");

        migrationBuilder.CreateIndex(
            name: "IX_receipts_node_record_index",
            schema: "server",
            table: "receipts",
            columns: new[] { "node", "record_index" },
            unique: true);

        migrationBuilder.CreateIndex(
            name: "IX_receipts_tree_size",
            schema: "server",
            table: "receipts",
            column: "tree_size");
    }

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropTable(
            name: "credentials",
            schema: "server");

        migrationBuilder.DropTable(
            name: "receipt_digests",
            schema: "server");

        migrationBuilder.DropTable(
            name: "signers",
            schema: "server");

        migrationBuilder.DropTable(
            name: "receipts",
            schema: "server");
    }
}
