using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

namespace RemoteSigning.Authorization.Storage.Migrations;

/// <summary>An address for codes that is not the login, and what operators changed.</summary>
[DbContext(typeof(AuthorizationDatabase))]
[Migration("20261125000000_CodeAddresses")]
internal sealed class CodeAddresses : Migration
{
    private const string Schema = "authz";

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<string>(name: "code_email", schema: Schema, table: "accounts", type: "text", nullable: true);
        migrationBuilder.CreateTable(
            name: "address_changes",
            schema: Schema,
            columns: table => new
            {
                id = table.Column<long>(type: "bigint", nullable: false)
                    .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                signer = table.Column<string>(type: "text", nullable: false),
                channel = table.Column<string>(type: "text", nullable: false),
                before = table.Column<string>(type: "text", nullable: true),
                after = table.Column<string>(type: "text", nullable: false),
                @operator = table.Column<string>(name: "operator", type: "text", nullable: false),
                changed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
            },
            constraints: table => table.PrimaryKey("PK_address_changes", x => x.id));
        migrationBuilder.CreateIndex(name: "IX_address_changes_signer", schema: Schema, table: "address_changes", column: "signer");
    }

    protected override void Down(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.DropTable(name: "address_changes", schema: Schema);
        migrationBuilder.DropColumn(name: "code_email", schema: Schema, table: "accounts");
    }
}
