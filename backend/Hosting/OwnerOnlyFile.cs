using System.Runtime.InteropServices;

namespace RemoteSigning.Hosting;

/// <summary>Secrets come from files that nobody else may read; anything else stops the start.</summary>
internal static class OwnerOnlyFile
{
    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>The file's text without the line end.</summary>
    /// <exception cref="InvalidOperationException">Others may open the file.</exception>
    public static string ReadLine(string path)
    {
        Check(path);
        return File.ReadAllText(path).TrimEnd('\r', '\n');
    }

    public static void Check(string path)
    {
        if (!RuntimeInformation.IsOSPlatform(OSPlatform.Windows) && (File.GetUnixFileMode(path) & Others) != 0)
        {
            throw new InvalidOperationException(
                $"The file {path} holds a secret, but others may open it. Make it readable by its owner only (chmod 600).");
        }
    }
}
