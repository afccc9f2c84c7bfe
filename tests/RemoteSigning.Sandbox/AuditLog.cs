using System.Text.Json;
using RemoteSigning.Contracts.Audit;

namespace RemoteSigning.Sandbox;

/// <summary>Reads the SAM's log file, as an auditor would.</summary>
public static class AuditLog
{
    /// <summary>The records of signatures that were made.</summary>
    public static IReadOnlyList<AuditRecord> SignedRecords(RunningSandbox sandbox) =>
        [.. Records(sandbox).Where(r => r is { Event: AuditEvents.Sign, Outcome: "success" })];

    public static IEnumerable<AuditRecord> Records(RunningSandbox sandbox)
    {
        using var stream = new FileStream(sandbox.SamLog, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
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

    /// <summary>Has the SAM's own offline verifier check the whole log.</summary>
    public static CommandResult Verify(RunningSandbox sandbox) => Commands.Try(
        "dotnet",
        [
            Installation.Current.Assembly("backend", "RemoteSigning.Sam"), "verify-log",
            "--log", sandbox.SamLog, "--audit-key", sandbox.SamAuditKey,
        ]);
}
