using System.Globalization;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>The writable memory of a running process, as <c>/proc</c> shows it to its parent.</summary>
internal static class ProcessMemory
{
    private const int Block = 1 << 20;

    /// <returns>For each pattern how often it occurs, and how many bytes were looked at.</returns>
    public static (int[] Found, long Searched) Search(int process, IReadOnlyList<byte[]> patterns)
    {
        int overlap = patterns.Max(p => p.Length) - 1;
        byte[] buffer = new byte[Block + overlap];
        int[] found = new int[patterns.Count];
        long searched = 0;
        using FileStream memory = new($"/proc/{process}/mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        foreach ((long start, long end) in WritableRegions(process))
        {
            for (long at = start; at < end; at += Block)
            {
                int length = Read(memory, at, buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - at)));
                searched += Math.Min(length, Block);
                for (int i = 0; i < found.Length; i++)
                {
                    // What begins in the overlap is counted with the next block.
                    int counted = Math.Min(length, Block + patterns[i].Length - 1);
                    found[i] += Count(buffer.AsSpan(0, counted), patterns[i]);
                }
            }
        }

        return (found, searched);
    }

    public static int Count(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> pattern)
    {
        int count = 0;
        for (int at = bytes.IndexOf(pattern); at >= 0; at = bytes.IndexOf(pattern))
        {
            count++;
            bytes = bytes[(at + 1)..];
        }

        return count;
    }

    private static IEnumerable<(long Start, long End)> WritableRegions(int process)
    {
        foreach (string line in File.ReadAllLines($"/proc/{process}/maps"))
        {
            string[] fields = line.Split(' ', 3);
            if (fields[1].StartsWith("rw", StringComparison.Ordinal))
            {
                long[] range = [.. fields[0].Split('-').Select(n => long.Parse(n, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
                yield return (range[0], range[1]);
            }
        }
    }

    /// <summary>Regions may vanish while a process runs: then there is nothing to see.</summary>
    private static int Read(FileStream memory, long at, Span<byte> buffer)
    {
        try
        {
            return RandomAccess.Read(memory.SafeFileHandle, buffer, at);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
