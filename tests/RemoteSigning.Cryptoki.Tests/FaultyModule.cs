using System.Runtime.InteropServices;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Cryptoki.Tests;

/// <summary>The module of <c>tests/hsm/hsm_faults.c</c>: SoftHSM whose calls fail or hang when a test says so.</summary>
internal static partial class FaultyModule
{
    private const string Library = "hsm_faults";

    private static int _paths;

    static FaultyModule() => NativeLibrary.SetDllImportResolver(
        typeof(FaultyModule).Assembly, (name, _, _) => name == Library ? NativeLibrary.Load(Path) : 0);

    public static string Path { get; } = System.IO.Path.Combine(Installation.Current.Artifacts, "native", "hsm_faults.so");

    /// <summary>
    /// The same module by another name each time: what of ours goes by its path is then not shared, as it would not be between processes.
    /// </summary>
    public static string OtherPath => System.IO.Path.Combine(
        System.IO.Path.GetDirectoryName(Path)!, string.Concat(Enumerable.Repeat("./", Interlocked.Increment(ref _paths))), "hsm_faults.so"); // It has a folder.

    /// <summary>The next <paramref name="count"/> calls return this CK_RV without reaching the token.</summary>
    [LibraryImport(Library, EntryPoint = "hsm_faults_fail", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void Fail(string function, CULong returnValue, uint count);

    /// <summary>The next call hangs until <see cref="Clear"/>.</summary>
    [LibraryImport(Library, EntryPoint = "hsm_faults_hang", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void Hang(string function);

    [LibraryImport(Library, EntryPoint = "hsm_faults_hanging")]
    public static partial uint Hanging();

    /// <summary>Calls of C_Login since <see cref="Clear"/>.</summary>
    [LibraryImport(Library, EntryPoint = "hsm_faults_logins")]
    public static partial uint Logins();

    [LibraryImport(Library, EntryPoint = "hsm_faults_clear")]
    public static partial void Clear();
}
