namespace RemoteSigning.Sam.Audit;

/// <summary>A file of lines that only grows; a torn last one, whose writing nobody was told of, is cut off when it is opened.</summary>
internal static class LineFile
{
    /// <param name="onLine">Called for each complete line, without its LF.</param>
    public static DurableFile Open(string path, Func<string, IAppendFile> open, Action<byte[]> onLine)
    {
        IAppendFile file = open(path);
        try
        {
            long good = Read(path, onLine);
            if (good < file.Length)
            {
                file.Truncate(good);
                file.Flush();
            }

            return new DurableFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static long Read(string path, Action<byte[]> onLine)
    {
        long good = 0;
        using Stream stream = LogFiles.Read(path);
        foreach ((byte[] line, bool isComplete) in LogLines.Read(stream))
        {
            if (isComplete)
            {
                onLine(line);
                good += line.Length + 1;
            }
        }

        return good;
    }
}
