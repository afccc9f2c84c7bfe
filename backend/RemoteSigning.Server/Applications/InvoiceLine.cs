using System.Globalization;
using RemoteSigning.Server.Storage;

namespace RemoteSigning.Server.Applications;

/// <summary>One application's signatures of one UTC day, as a line of CSV (RFC 4180).</summary>
/// <param name="Application">Null when only the authorization server knows this client.</param>
internal sealed record InvoiceLine(DateOnly Day, string ClientId, ApplicationRow? Application, long Signatures)
{
    public const string Header = "day,client_id,name,owner_name,owner_email,signatures";

    public override string ToString() => string.Join(
        ',',
        Day.ToString("O", CultureInfo.InvariantCulture),
        Quote(ClientId),
        Quote(Application?.Name),
        Quote(Application?.OwnerName),
        Quote(Application?.OwnerEmail),
        Signatures.ToString(CultureInfo.InvariantCulture));

    private static string Quote(string? text) => $"\"{text?.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
