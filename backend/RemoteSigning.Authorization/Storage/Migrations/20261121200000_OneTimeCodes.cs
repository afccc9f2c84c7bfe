using Microsoft.EntityFrameworkCore.Migrations;

namespace RemoteSigning.Authorization.Storage.Migrations;

/// <summary>One-time codes that are sent: the number for SMS, the last code, and how often codes were sent.</summary>
internal sealed partial class OneTimeCodes : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<string>(
            name: "phone_number",
            schema: "authz",
            table: "accounts",
            type: "text",
            nullable: true);

        migrationBuilder.AddColumn<DateTimeOffset>(
            name: "code_day_began",
            schema: "authz",
            table: "accounts",
            type: "timestamp with time zone",
            nullable: true);

        migrationBuilder.AddColumn<DateTimeOffset>(
            name: "code_expires_at",
            schema: "authz",
            table: "accounts",
            type: "timestamp with time zone",
            nullable: true);

        migrationBuilder.AddColumn<DateTimeOffset>(
            name: "code_hour_began",
            schema: "authz",
            table: "accounts",
            type: "timestamp with time zone",
            nullable: true);

        migrationBuilder.AddColumn<int>(
            name: "code_number",
            schema: "authz",
            table: "accounts",
            type: "integer",
            nullable: false,
            defaultValue: 0);

        migrationBuilder.AddColumn<byte[]>(
            name: "code_salt",
            schema: "authz",
            table: "accounts",
            type: "bytea",
            nullable: true);

        migrationBuilder.AddColumn<DateTimeOffset>(
            name: "code_sent_at",
            schema: "authz",
            table: "accounts",
            type: "timestamp with time zone",
            nullable: true);

        migrationBuilder.AddColumn<bool>(
            name: "code_used",
            schema: "authz",
            table: "accounts",
            type: "boolean",
            nullable: false,
            defaultValue: false);

        migrationBuilder.AddColumn<byte[]>(
            name: "code_verifier",
            schema: "authz",
            table: "accounts",
            type: "bytea",
            nullable: true);

        migrationBuilder.AddColumn<int>(
            name: "codes_in_day",
            schema: "authz",
            table: "accounts",
            type: "integer",
            nullable: false,
            defaultValue: 0);

        migrationBuilder.AddColumn<int>(
            name: "codes_in_hour",
            schema: "authz",
            table: "accounts",
            type: "integer",
            nullable: false,
            defaultValue: 0);

        migrationBuilder.AddColumn<string>(
            name: "otp_channel",
            schema: "authz",
            table: "credentials",
            type: "text",
            nullable: true);
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropColumn(
            name: "otp_channel",
            schema: "authz",
            table: "credentials");

        migrationBuilder.DropColumn(
            name: "codes_in_hour",
            schema: "authz",
            table: "accounts");

        migrationBuilder.DropColumn(
            name: "codes_in_day",
            schema: "authz",
            table: "accounts");

        migrationBuilder.DropColumn(
            name: "code_verifier",
            schema: "authz",
            table: "accounts");

        migrationBuilder.DropColumn(
            name: "code_used",
            schema: "authz",
            table: "accounts");

        migrationBuilder.DropColumn(
            name: "code_sent_at",
            schema: "authz",
            table: "accounts");

        migrationBuilder.DropColumn(
            name: "code_salt",
            schema: "authz",
            table: "accounts");

        migrationBuilder.DropColumn(
            name: "code_number",
            schema: "authz",
            table: "accounts");

        migrationBuilder.DropColumn(
            name: "code_hour_began",
            schema: "authz",
            table: "accounts");

        migrationBuilder.DropColumn(
            name: "code_expires_at",
            schema: "authz",
            table: "accounts");

        migrationBuilder.DropColumn(
            name: "code_day_began",
            schema: "authz",
            table: "accounts");

        migrationBuilder.DropColumn(
            name: "phone_number",
            schema: "authz",
            table: "accounts");
    }
}
