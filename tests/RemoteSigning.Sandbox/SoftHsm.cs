using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace RemoteSigning.Sandbox;

/// <summary>
/// A private SoftHSM store below a folder, with tokens that nobody else sees. SoftHSM reads its
/// configuration's path from the environment of the process that loads it.
/// </summary>
public sealed partial class SoftHsm
{
    private const string Variable = "SOFTHSM2_CONF";

    private static readonly string[] ModulePaths =
    [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
    ];

    public SoftHsm(string folder)
    {
        Folder = Path.GetFullPath(folder);
        TokenFolder = Path.Combine(Folder, "tokens");
        ConfigurationFile = Path.Combine(Folder, "softhsm2.conf");
        Directory.CreateDirectory(TokenFolder, OwnerOnly.Folder);
        File.WriteAllText(
            ConfigurationFile, $"directories.tokendir = {TokenFolder}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n");
    }

    public static string Module =>
        ModulePaths.FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException("SoftHSM is not installed: apt-get install softhsm2, or run ./build.sh Setup.");

    public string Folder { get; }

    public string TokenFolder { get; }

    public string ConfigurationFile { get; }

    /// <summary>What a child process needs in its environment to see these tokens.</summary>
    public KeyValuePair<string, string> Environment => new(Variable, ConfigurationFile);

    /// <summary>Makes this store the one that the present process will load; before the module is loaded.</summary>
    public void UseInThisProcess()
    {
        if (SetEnvironment(Variable, ConfigurationFile, 1) != 0)
        {
            throw new InvalidOperationException("The environment could not be changed.");
        }
    }

    /// <summary>Initializes a token with random PINs; returns the owner-only file with the user PIN.</summary>
    public string CreateToken(string label)
    {
        string pin = RandomNumberGenerator.GetInt32(10_000_000, 99_999_999).ToString(CultureInfo.InvariantCulture);
        string officerPin = RandomNumberGenerator.GetInt32(10_000_000, 99_999_999).ToString(CultureInfo.InvariantCulture);
        string pinFile = Path.Combine(Folder, $"{label}.pin");
        OwnerOnly.Write(pinFile, pin);
        Commands.Run(
            "softhsm2-util",
            ["--init-token", "--free", "--label", label, "--pin", pin, "--so-pin", officerPin],
            new Dictionary<string, string> { [Variable] = ConfigurationFile });
        return pinFile;
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
