namespace RemoteSigning.Benchmarks;

/// <summary>Counts in the SAM's log.</summary>
internal static class AuditCount
{
    public static int Successes(string log)
    {
        using var stream = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        int count = 0;
        while (reader.ReadLine() is { } line)
        {
            bool signed = line.Contains("\"event\":\"sign\"", StringComparison.Ordinal)
                && line.Contains("\"outcome\":\"success\"", StringComparison.Ordinal);
            count += signed ? 1 : 0;
        }

        return count;
    }
}
