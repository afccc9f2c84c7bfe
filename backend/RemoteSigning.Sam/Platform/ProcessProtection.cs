using System.Runtime.InteropServices;

namespace RemoteSigning.Sam.Platform;

/// <summary>
/// Keeps what is in memory out of other places: no core dump, no debugger of the same user, none of .NET's diagnostic
/// ports (through which whoever has the same user could write a dump). Linux only; elsewhere nothing is done.
/// </summary>
internal static partial class ProcessProtection
{
    private const string Diagnostics = "DOTNET_EnableDiagnostics";
    private const int LimitCore = 4;
    private const int SetParentDeathSignal = 1;
    private const int Kill = 9;
    private const int GetDumpable = 3;
    private const int SetDumpable = 4;

    /// <summary>What an operator should mend; empty when all is well.</summary>
    public static string Advice => OperatingSystem.IsLinux() && EffectiveUser() == 0
        ? "Warning: the SAM runs as root; give it a user of its own (packaging/remotesigning-sam.service).\n"
        : "";

    /// <summary>
    /// .NET opens its diagnostic ports before any code of ours runs, unless the environment says no: so a process that
    /// was started without this word starts itself anew with it, under the same process id.
    /// </summary>
    /// <exception cref="StartException">The process cannot be protected.</exception>
    public static void Apply()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        if (Environment.GetEnvironmentVariable(Diagnostics) != "0")
        {
            string[] arguments = File.ReadAllText("/proc/self/cmdline").Split('\0', StringSplitOptions.None)[..^1];
            foreach (string port in Directory.GetFiles(Path.GetTempPath(), $"dotnet-diagnostic-{Environment.ProcessId}-*"))
            {
                File.Delete(port); // Nobody would, once this program has made way for itself.
            }

            _ = SetEnvironment(Diagnostics, "0", 1);
            _ = Execute("/proc/self/exe", [.. arguments.Select(Marshal.StringToCoTaskMemUTF8), 0]);
            throw Failed("be started anew without .NET's diagnostics");
        }

        var none = new Limit();
        if (SetLimit(LimitCore, in none) != 0)
        {
            throw Failed("switch core dumps off");
        }

        if (Control(SetDumpable, 0, 0, 0, 0) != 0 || Control(GetDumpable, 0, 0, 0, 0) != 0)
        {
            throw Failed("be kept from debuggers");
        }
    }

    /// <summary>Ends this process at once when the thread that started it ends.</summary>
    /// <exception cref="StartException">It cannot be had.</exception>
    public static void DieWithParent()
    {
        if (Control(SetParentDeathSignal, Kill, 0, 0, 0) != 0)
        {
            throw Failed("be tied to its parent");
        }
    }

    private static StartException Failed(string what) => new($"The process could not {what} (errno {Marshal.GetLastPInvokeError()}).");

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUser();

    [LibraryImport("libc", EntryPoint = "setenv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string path, nint[] arguments);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, in Limit limit);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Control(int option, nuint a, nuint b, nuint c, nuint d);

    /// <summary>struct rlimit; zeros are no core file at all.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        public nuint Current;
        public nuint Maximum;
    }
}
