using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace RemoteSigning.Server.Storage.Migrations;

/// <summary>Where applications may be told that asynchronous signatures are ready.</summary>
[DbContext(typeof(ServerDatabase))]
[Migration("20261125010000_ResponseUris")]
internal sealed class ResponseUris : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.AddColumn<string[]>(
        name: "response_uris",
        schema: "server",
        table: "applications",
        type: "text[]",
        nullable: false,
        defaultValue: Array.Empty<string>());

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) =>
        migrationBuilder.DropColumn(name: "response_uris", schema: "server", table: "applications");
}
