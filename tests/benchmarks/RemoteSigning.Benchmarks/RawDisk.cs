using Microsoft.Win32.SafeHandles;

namespace RemoteSigning.Benchmarks;

/// <summary>What the disk itself takes to make an audit record and its head durable.</summary>
internal static class RawDisk
{
    private const int RecordLength = 1500;

    /// <param name="folder">On the disk that is meant.</param>
    public static async Task<Measurement> FlushAsync(string folder, int operations)
    {
        string file = Path.Combine(folder, "flush");
        byte[] record = new byte[RecordLength];
        using SafeFileHandle handle = File.OpenHandle(file, FileMode.Create, FileAccess.ReadWrite);
        Measurement measured = await Load.RunAsync("append and flush", "-", 1, operations, n =>
        {
            RandomAccess.Write(handle, record, (long)n * RecordLength);
            RandomAccess.FlushToDisk(handle);
            return Task.FromResult<Action?>(null);
        });
        File.Delete(file);
        return measured;
    }
}
