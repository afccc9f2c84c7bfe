using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace RemoteSigning.Authorization.Storage.Migrations;

/// <summary>When a signer was last told that an approval waits.</summary>
[DbContext(typeof(AuthorizationDatabase))]
[Migration("20261126000000_ApprovalNotices")]
internal sealed class ApprovalNotices : Migration
{
    private const string Schema = "authz";

    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.AddColumn<DateTimeOffset>(
        name: "notice_sent_at", schema: Schema, table: "accounts", type: "timestamp with time zone", nullable: true);

    protected override void Down(MigrationBuilder migrationBuilder) =>
        migrationBuilder.DropColumn(name: "notice_sent_at", schema: Schema, table: "accounts");
}
