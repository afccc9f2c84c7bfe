namespace RemoteSigning.Sam.Audit;

/// <summary>Reads a file line by line as bytes, because a leaf is the exact bytes of its line.</summary>
internal static class LogLines
{
    /// <summary>The lines without their LF; the last one has <c>IsComplete</c> false when it has no LF.</summary>
    public static IEnumerable<(byte[] Line, bool IsComplete)> Read(Stream stream)
    {
        byte[] buffer = new byte[1 << 16];
        var pending = new MemoryStream();
        int read;
        while ((read = stream.Read(buffer)) > 0)
        {
            int from = 0;
            int end;
            while ((end = Array.IndexOf(buffer, (byte)'\n', from, read - from)) >= 0)
            {
                pending.Write(buffer, from, end - from);
                yield return (pending.ToArray(), true);
                pending.SetLength(0);
                from = end + 1;
            }

            pending.Write(buffer, from, read - from);
        }

        if (pending.Length > 0)
        {
            yield return (pending.ToArray(), false);
        }
    }
}
