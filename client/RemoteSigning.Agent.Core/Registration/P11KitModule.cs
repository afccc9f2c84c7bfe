using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Core.Registration;

/// <summary>
/// The user's own p11-kit module file (pkcs11.conf(5)): with it, programs that take their modules from p11-kit find the card.
/// No other file is written, and one of that name that somebody else wrote is left alone.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed class P11KitModule(string configurationFolder)
{
    /// <summary>First line of every file that is ours to replace and to remove.</summary>
    private const string Mark = "# Written by \"virtual-card register\"; \"virtual-card register --remove\" takes it away.";

    /// <summary>p11-kit goes by this name: a user's file overrides the system's file of the same name.</summary>
    private const string FileName = "remote-signing.module";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Where the Debian package puts the module.</summary>
    public static string InstalledModule { get; } = Path.Combine(
        "/usr/lib",
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64-linux-gnu" : "x86_64-linux-gnu",
        "pkcs11",
        "libremotesigning-pkcs11.so");

    /// <summary>Of the user that runs this process: p11-kit too expands its <c>~/.config</c> to <c>$XDG_CONFIG_HOME</c>.</summary>
    public static P11KitModule OfUser { get; } = new(Environment.GetFolderPath(
        Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify));

    public string File { get; } = Path.Combine(configurationFolder, "pkcs11", "modules", FileName);

    /// <returns>False when the file already said just this.</returns>
    /// <exception cref="ProblemException">The module is not there, or the file is somebody else's or cannot be written.</exception>
    public bool Add(string module)
    {
        string path = Path.GetFullPath(module);
        if (!System.IO.File.Exists(path))
        {
            throw Refused($"There is no module at {path}. Name the file with --module.");
        }

        if (path.Any(char.IsControl))
        {
            throw Refused("The path of the module has a control character; p11-kit could not read it.");
        }

        string text = $"{Mark}\nmodule: {path}\nmanaged: yes\ntrust-policy: no\n";
        if (Read() == text)
        {
            return false;
        }

        Try(() => Replace(text));
        return true;
    }

    /// <returns>False when there was nothing to remove.</returns>
    /// <exception cref="ProblemException">The file is somebody else's or cannot be removed.</exception>
    public bool Remove()
    {
        if (Read() is null)
        {
            return false;
        }

        Try(() => System.IO.File.Delete(File));
        return true;
    }

    /// <summary>Null when there is no file.</summary>
    private string? Read()
    {
        var file = new FileInfo(File);
        if (!file.Exists && file.LinkTarget is null && !Directory.Exists(File))
        {
            return null;
        }

        string? text = null;
        if (file.Exists && file.LinkTarget is null)
        {
            Try(() => text = System.IO.File.ReadAllText(File));
        }

        return text is not null && text.StartsWith(Mark + "\n", StringComparison.Ordinal)
            ? text
            : throw Refused($"{File} was not written by this program and is left alone. Move it away if you do not need it.");
    }

    /// <summary>In one step, so that no program reads half a file. p11-kit passes over names that do not end in ".module".</summary>
    private void Replace(string text)
    {
        string folder = Path.GetDirectoryName(File)!; // It has two folders above it.
        Directory.CreateDirectory(folder, OwnerOnly);
        string half = Path.Combine(folder, $"{FileName}.{Path.GetRandomFileName()}");
        try
        {
            System.IO.File.WriteAllText(half, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
            System.IO.File.Move(half, File, overwrite: true);
        }
        finally
        {
            System.IO.File.Delete(half);
        }
    }

    private static void Try(Action work)
    {
        try
        {
            work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ProblemException(Problem.Internal, ProblemCodes.Malformed, e.Message, e);
        }
    }

    private static ProblemException Refused(string text) => new(Problem.InvalidRequest, ProblemCodes.Malformed, text);
}
