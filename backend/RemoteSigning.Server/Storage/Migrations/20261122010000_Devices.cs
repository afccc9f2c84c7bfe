using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace RemoteSigning.Server.Storage.Migrations;

/// <summary>Devices of signers that approve signatures.</summary>
[DbContext(typeof(ServerDatabase))]
[Migration("20261122010000_Devices")]
internal sealed class Devices : Migration
{
    private const string Schema = "server";
    private const string Id = "character varying(32)";

    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<string>(
            name: "policy", schema: Schema, table: "credentials", type: "character varying(16)", maxLength: 16, nullable: false, defaultValue: "delegated");
        migrationBuilder.CreateTable(
            name: "device_registrations",
            schema: Schema,
            columns: table => new
            {
                credential_id = table.Column<string>(type: Id, nullable: false),
                registration = table.Column<string>(type: "text", nullable: false),
                node = table.Column<string>(type: "character varying(255)", maxLength: 255, nullable: false),
                content = table.Column<string>(type: "text", nullable: false),
                max_devices = table.Column<int>(type: "integer", nullable: false),
                code_digest = table.Column<byte[]>(type: "bytea", nullable: false),
                expires_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_device_registrations", x => x.credential_id);
                table.ForeignKey(
                    "FK_device_registrations_credentials_credential_id", x => x.credential_id, "credentials", "id", Schema, onDelete: ReferentialAction.Cascade);
            });
        migrationBuilder.CreateTable(
            name: "devices",
            schema: Schema,
            columns: table => new
            {
                credential_id = table.Column<string>(type: Id, nullable: false),
                device_id = table.Column<byte[]>(type: "bytea", nullable: false),
                enrolled_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
            },
            constraints: table =>
            {
                table.PrimaryKey("PK_devices", x => new { x.credential_id, x.device_id });
                table.ForeignKey(
                    "FK_devices_credentials_credential_id", x => x.credential_id, "credentials", "id", Schema, onDelete: ReferentialAction.Cascade);
            });
    }

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropTable(name: "devices", schema: Schema);
        migrationBuilder.DropTable(name: "device_registrations", schema: Schema);
        migrationBuilder.DropColumn(name: "policy", schema: Schema, table: "credentials");
    }
}
