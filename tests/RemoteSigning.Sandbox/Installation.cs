namespace RemoteSigning.Sandbox;

/// <summary>Where the built programs lie: a checkout that <c>./build.sh</c> has built.</summary>
public sealed record Installation(string Root, string Configuration)
{
    /// <summary>The checkout and build configuration from which the present assembly comes.</summary>
    public static Installation Current { get; } = Find();

    public string Artifacts => Path.Combine(Root, "artifacts");

    /// <summary>The PKCS#11 module.</summary>
    public string Module => Path.Combine(Artifacts, "linux-x64", "libremotesigning-pkcs11.so");

    /// <summary>The assembly of a program, for example <c>backend</c>, <c>RemoteSigning.Sam</c>.</summary>
    public string Assembly(string folder, string project, string? assemblyName = null) =>
        Path.Combine(Root, folder, project, "bin", Configuration, "net10.0", $"{assemblyName ?? project}.dll");

    private static Installation Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        string configuration = AppContext.BaseDirectory.Contains("/bin/Debug/", StringComparison.Ordinal) ? "Debug" : "Release";
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "RemoteSigning.sln")))
        {
            folder = folder.Parent;
        }

        return folder is null
            ? throw new InvalidOperationException("The sandbox runs from a checkout only: RemoteSigning.sln was not found above the program.")
            : new Installation(folder.FullName, configuration);
    }
}
