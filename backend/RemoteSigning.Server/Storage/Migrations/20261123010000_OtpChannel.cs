using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace RemoteSigning.Server.Storage.Migrations;

/// <summary>How a credential's one-time codes are sent.</summary>
[DbContext(typeof(ServerDatabase))]
[Migration("20261123010000_OtpChannel")]
internal sealed class OtpChannel : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.AddColumn<string>(
        name: "otp_channel",
        schema: "server",
        table: "credentials",
        type: "character varying(16)",
        maxLength: 16,
        nullable: true);

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) =>
        migrationBuilder.DropColumn(name: "otp_channel", schema: "server", table: "credentials");
}
