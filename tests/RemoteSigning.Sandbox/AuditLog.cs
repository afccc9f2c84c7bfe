using System.Text.Json;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Sandbox;

/// <summary>Reads the service logs of the SAM's nodes, as an auditor would.</summary>
public static class AuditLog
{
    /// <summary>The records of signatures that were made, whichever node made them.</summary>
    public static IReadOnlyList<AuditRecord> SignedRecords(RunningSandbox sandbox) =>
        [.. sandbox.Description.SamNodes.SelectMany(n => Records(n.Log)).Where(r => r is { Event: AuditEvents.Sign, Outcome: "success" })];

    /// <param name="log">A node's <c>service.log</c>.</param>
    public static IEnumerable<AuditRecord> Records(string log)
    {
        using var stream = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            // Records and heads alternate; only records have a version member and an index.
            if (line.Contains("\"index\":", StringComparison.Ordinal) && line.Contains("\"event\":", StringComparison.Ordinal))
            {
                yield return JsonSerializer.Deserialize(line, AuditJson.Default.AuditRecord)!;
            }
        }
    }

    /// <summary>Has the SAM's own offline verifier check the whole log of each node.</summary>
    public static IReadOnlyList<CommandResult> Verify(RunningSandbox sandbox) => [.. sandbox.Description.SamNodes.Select(n => Commands.Try(
        "dotnet",
        [Installation.Current.Assembly("backend", "RemoteSigning.Sam"), "verify-log", "--log", n.Log, "--audit-key", n.AuditPublicKey]))];
}
