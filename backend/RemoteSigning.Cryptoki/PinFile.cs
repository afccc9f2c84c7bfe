using Microsoft.Win32.SafeHandles;
using RemoteSigning.Cryptoki.Interop;

namespace RemoteSigning.Cryptoki;

/// <summary>
/// The user PIN, read from its file for each login and wiped after it: between logins it is not in memory.
/// On Windows the file's access list is the installer's business and not checked here.
/// </summary>
internal static class PinFile
{
    /// <summary>Bytes; more is refused, never cut off: half a PIN would cost a try.</summary>
    public const int MaxLength = 256;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>systemd gives a service its credentials by an access list, whose mask shows as the group's right to read.</summary>
    private static UnixFileMode AllowedBySystem(string path) =>
        Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY") is { Length: > 0 } folder && Path.GetDirectoryName(path) == folder
            ? UnixFileMode.GroupRead
            : UnixFileMode.None;

    /// <summary>Reads the PIN without the line end into <see cref="MaxLength"/> bytes; the caller wipes them.</summary>
    /// <returns>Length of the PIN in bytes.</returns>
    /// <exception cref="HsmException">The file cannot be read, is empty or may be opened by others.</exception>
    public static int Read(string path, Span<byte> pin)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file) & Others & ~AllowedBySystem(path)) != 0)
            {
                throw Unusable("others may open it; make it readable by its owner only (chmod 600)");
            }

            int length = pin[..RandomAccess.Read(file, pin, 0)].TrimEnd("\r\n"u8).Length;
            return length is > 0 and < MaxLength ? length : throw Unusable("it is empty or too long");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unusable("it cannot be read", e);
        }

        HsmException Unusable(string reason, Exception? cause = null) =>
            new($"The PIN file {path} cannot be used: {reason}.", "C_Login", Ckr.PinInvalid, cause);
    }
}
