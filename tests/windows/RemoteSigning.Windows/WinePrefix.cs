using RemoteSigning.Interop;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Windows;

/// <summary>The Windows that <c>tests/windows/run.sh</c> made for this checkout, and the programs that run in it.</summary>
internal sealed class WinePrefix
{
    private WinePrefix(string folder) => Folder = folder;

    /// <summary>The one in <c>artifacts/windows/prefix</c>.</summary>
    public static WinePrefix Current { get; } = new(Path.Combine(Installation.Current.Artifacts, "windows", "prefix"));

    public string Folder { get; }

    /// <summary>Drive C:.</summary>
    public string DriveC => Path.Combine(Folder, "drive_c");

    public IReadOnlyDictionary<string, string> Environment =>
        new Dictionary<string, string> { ["WINEPREFIX"] = Folder, ["WINEDEBUG"] = "-all" };

    /// <summary>A library of the product, <c>pkcs11</c> or <c>ksp</c>, as Windows names its file.</summary>
    public static string Library(string abi) =>
        ToWindows(Path.Combine(Installation.Current.Artifacts, "win-x64", $"remotesigning-{abi}.dll"));

    /// <summary>A program that CMake built from a C file in <c>tests/windows</c>.</summary>
    public static string TestProgram(string name) =>
        Path.Combine(Installation.Current.Artifacts, "windows", "x64", "tests", name + ".exe");

    /// <summary>How Windows programs name a file of this system.</summary>
    public static string ToWindows(string path) => "Z:" + path.Replace('/', '\\');

    /// <summary>Runs a Windows program to its end.</summary>
    public CommandResult Try(
        string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? input = null) =>
        Commands.Try("wine", [program, .. arguments], With(environment), input);

    /// <summary>Runs a Windows program to its end and fails unless it ends with 0.</summary>
    /// <returns>Its standard output.</returns>
    public string Run(
        string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? input = null)
    {
        CommandResult result = Try(program, arguments, environment, input);
        return result.ExitCode == 0
            ? result.Output
            : throw new InteropException(
                $"{Path.GetFileName(program)} {string.Join(' ', arguments)} ended with exit code {result.ExitCode}: {result.Output.Trim()} {result.Error.Trim()}");
    }

    /// <summary>Starts a Windows program that the check goes on talking with.</summary>
    public LivingProgram Start(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        LivingProgram.Start("wine", [program, .. arguments], With(environment));

    /// <summary>
    /// For programs that need the stand-ins for some of Wine's libraries (<c>tests/windows/override</c>): what Wine lacks is in them.
    /// </summary>
    public IReadOnlyDictionary<string, string> StandIns => new Dictionary<string, string>
    {
        ["WINEDLLPATH"] = Path.Combine(Folder, "override"),
        ["WINEDLLOVERRIDES"] = "bcrypt,ncrypt,crypt32=n,b",
    };

    /// <summary>Starts a Windows program that does what it is told, line by line.</summary>
    public Dialogue Talk(string folder, string program, params string[] arguments) =>
        Dialogue.Start(folder, "wine", [program, .. arguments], Environment);

    /// <summary>
    /// Ends what an earlier run has left, and starts Wine's own services, which go on until <see cref="EndAll"/>. They get no output of
    /// ours: else the first program that is run would seem to go on as long as they do.
    /// </summary>
    public void Begin()
    {
        EndAll();
        _ = Commands.Run("sh", ["-c", "exec >/dev/null 2>&1; wineserver -p; exec wineboot"], Environment);
    }

    /// <summary>Ends all programs in it.</summary>
    public void EndAll() => _ = Commands.Try("sh", ["-c", "wineserver -k; wineserver -w"], Environment);

    /// <summary>Its environment and more.</summary>
    public IReadOnlyDictionary<string, string> With(IReadOnlyDictionary<string, string>? more)
    {
        var whole = new Dictionary<string, string>(Environment);
        foreach ((string name, string value) in more ?? new Dictionary<string, string>())
        {
            whole[name] = value;
        }

        return whole;
    }
}
