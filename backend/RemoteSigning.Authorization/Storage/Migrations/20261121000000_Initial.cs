using Microsoft.EntityFrameworkCore.Migrations;

namespace RemoteSigning.Authorization.Storage.Migrations;

/// <summary>The first schema.</summary>
internal sealed partial class Initial : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.EnsureSchema(
            name: "authz");

        migrationBuilder.CreateTable(
            name: "accounts",
            schema: "authz",
            columns: table => new
            {
                signer = table.Column<string>(type: "text", nullable: false),
                email = table.Column<string>(type: "text", nullable: false),
                given_name = table.Column<string>(type: "text", nullable: false),
                family_name = table.Column<string>(type: "text", nullable: false),
                password_hash = table.Column<string>(type: "text", nullable: false),
                password_failures = table.Column<int>(type: "integer", nullable: false),
                password_tried_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                pin_salt = table.Column<byte[]>(type: "bytea", nullable: false),
                pin_verifier = table.Column<byte[]>(type: "bytea", nullable: false),
                pin_failures = table.Column<int>(type: "integer", nullable: false),
                totp_secret = table.Column<byte[]>(type: "bytea", nullable: false),
                totp_step = table.Column<long>(type: "bigint", nullable: false),
                otp_failures = table.Column<int>(type: "integer", nullable: false),
                created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_accounts", x => x.signer);
            });

        migrationBuilder.CreateTable(
            name: "credentials",
            schema: "authz",
            columns: table => new
            {
                credential_id = table.Column<string>(type: "text", nullable: false),
                key_id = table.Column<string>(type: "text", nullable: false),
                signer = table.Column<string>(type: "text", nullable: false),
                ssa = table.Column<string>(type: "text", nullable: false),
                scal = table.Column<string>(type: "text", nullable: false),
                auth_mode = table.Column<string>(type: "text", nullable: false),
                pin = table.Column<bool>(type: "boolean", nullable: false),
                otp = table.Column<bool>(type: "boolean", nullable: false),
                multisign = table.Column<int>(type: "integer", nullable: false),
                created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_credentials", x => x.credential_id);
                table.ForeignKey(
                    name: "FK_credentials_accounts_signer",
                    column: x => x.signer,
                    principalSchema: "authz",
                    principalTable: "accounts",
                    principalColumn: "signer",
                    onDelete: ReferentialAction.Restrict);
            });

        migrationBuilder.CreateTable(
            name: "grants",
            schema: "authz",
            columns: table => new
            {
                id = table.Column<Guid>(type: "uuid", nullable: false),
                signer = table.Column<string>(type: "text", nullable: false),
                client_id = table.Column<string>(type: "text", nullable: false),
                ssa = table.Column<string>(type: "text", nullable: false),
                created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                revoked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_grants", x => x.id);
                table.ForeignKey(
                    name: "FK_grants_accounts_signer",
                    column: x => x.signer,
                    principalSchema: "authz",
                    principalTable: "accounts",
                    principalColumn: "signer",
                    onDelete: ReferentialAction.Cascade);
            });

        migrationBuilder.CreateTable(
            name: "transactions",
            schema: "authz",
            columns: table => new
            {
                id = table.Column<string>(type: "text", nullable: false),
                sad_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                signer = table.Column<string>(type: "text", nullable: false),
                client_id = table.Column<string>(type: "text", nullable: false),
                ssa = table.Column<string>(type: "text", nullable: false),
                credential_id = table.Column<string>(type: "text", nullable: false),
                hash_algorithm = table.Column<string>(type: "text", nullable: true),
                description = table.Column<string>(type: "text", nullable: false),
                acr = table.Column<string>(type: "text", nullable: false),
                amr = table.Column<string>(type: "text", nullable: false),
                approved = table.Column<int>(type: "integer", nullable: false),
                remaining = table.Column<int>(type: "integer", nullable: false),
                given_back = table.Column<int>(type: "integer", nullable: false),
                digests = table.Column<byte[]>(type: "bytea", nullable: true),
                created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                version = table.Column<int>(type: "integer", nullable: false)
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_transactions", x => x.id);
                table.ForeignKey(
                    name: "FK_transactions_credentials_credential_id",
                    column: x => x.credential_id,
                    principalSchema: "authz",
                    principalTable: "credentials",
                    principalColumn: "credential_id",
                    onDelete: ReferentialAction.Restrict);
            });

        migrationBuilder.CreateTable(
            name: "tokens",
            schema: "authz",
            columns: table => new
            {
                hash = table.Column<byte[]>(type: "bytea", nullable: false),
                kind = table.Column<int>(type: "integer", nullable: false),
                grant_id = table.Column<Guid>(type: "uuid", nullable: false),
                expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                used_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_tokens", x => x.hash);
                table.ForeignKey(
                    name: "FK_tokens_grants_grant_id",
                    column: x => x.grant_id,
                    principalSchema: "authz",
                    principalTable: "grants",
                    principalColumn: "id",
                    onDelete: ReferentialAction.Cascade);
            });

        migrationBuilder.CreateTable(
            name: "activations",
            schema: "authz",
            columns: table => new
            {
                jti = table.Column<string>(type: "text", nullable: false),
                transaction_id = table.Column<string>(type: "text", nullable: false),
                node = table.Column<string>(type: "text", nullable: false),
                epoch = table.Column<string>(type: "text", nullable: false),
                count = table.Column<int>(type: "integer", nullable: false),
                digests = table.Column<byte[]>(type: "bytea", nullable: true),
                created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                outcome = table.Column<string>(type: "text", nullable: true)
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_activations", x => x.jti);
                table.ForeignKey(
                    name: "FK_activations_transactions_transaction_id",
                    column: x => x.transaction_id,
                    principalSchema: "authz",
                    principalTable: "transactions",
                    principalColumn: "id",
                    onDelete: ReferentialAction.Cascade);
            });

        migrationBuilder.CreateIndex(
            name: "IX_accounts_email",
            schema: "authz",
            table: "accounts",
            column: "email",
            unique: true);

        migrationBuilder.CreateIndex(
            name: "IX_activations_transaction_id",
            schema: "authz",
            table: "activations",
            column: "transaction_id");

        migrationBuilder.CreateIndex(
            name: "IX_credentials_key_id",
            schema: "authz",
            table: "credentials",
            column: "key_id",
            unique: true);

        migrationBuilder.CreateIndex(
            name: "IX_credentials_signer",
            schema: "authz",
            table: "credentials",
            column: "signer");

        migrationBuilder.CreateIndex(
            name: "IX_grants_signer",
            schema: "authz",
            table: "grants",
            column: "signer");

        migrationBuilder.CreateIndex(
            name: "IX_tokens_expires_at",
            schema: "authz",
            table: "tokens",
            column: "expires_at");

        migrationBuilder.CreateIndex(
            name: "IX_tokens_grant_id",
            schema: "authz",
            table: "tokens",
            column: "grant_id");

        migrationBuilder.CreateIndex(
            name: "IX_transactions_credential_id",
            schema: "authz",
            table: "transactions",
            column: "credential_id");

        migrationBuilder.CreateIndex(
            name: "IX_transactions_expires_at",
            schema: "authz",
            table: "transactions",
            column: "expires_at");

        migrationBuilder.CreateIndex(
            name: "IX_transactions_sad_hash",
            schema: "authz",
            table: "transactions",
            column: "sad_hash",
            unique: true);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropTable(
            name: "activations",
            schema: "authz");

        migrationBuilder.DropTable(
            name: "tokens",
            schema: "authz");

        migrationBuilder.DropTable(
            name: "transactions",
            schema: "authz");

        migrationBuilder.DropTable(
            name: "grants",
            schema: "authz");

        migrationBuilder.DropTable(
            name: "credentials",
            schema: "authz");

        migrationBuilder.DropTable(
            name: "accounts",
            schema: "authz");
    }
}
