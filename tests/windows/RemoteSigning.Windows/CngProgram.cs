using System.Security.Cryptography;
using RemoteSigning.Interop;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Windows;

/// <summary>
/// The .NET program of <c>tests/windows/RemoteSigning.CngProgram</c>, which knows our provider by its name alone: the stand-in for
/// ncrypt.dll finds the library in what <c>card-register</c> has written, and writes down what the program calls.
/// </summary>
internal sealed class CngProgram
{
    private readonly Desktop _desktop;
    private readonly string _program;
    private readonly Dictionary<string, string> _environment;
    private readonly string _log;
    private readonly SamWatch _sam;

    private CngProgram(Desktop desktop, string program, Dictionary<string, string> environment, string folder)
    {
        _desktop = desktop;
        _program = program;
        _environment = environment;
        Folder = folder;
        _log = Path.Combine(folder, "ncrypt.log");
        environment["NCRYPT_LOG"] = WinePrefix.ToWindows(_log);
        _sam = desktop.WatchSam();
    }

    /// <summary>Of this check alone.</summary>
    public string Folder { get; }

    /// <summary>Registers our provider as an installation does, and begins to watch the SAM.</summary>
    public static CngProgram Prepare(Desktop desktop)
    {
        WinePrefix prefix = desktop.Prefix;
        var environment = new Dictionary<string, string>(prefix.StandIns);
        string artifacts = Path.GetFullPath(Path.Combine(prefix.Folder, "..", ".."));
        foreach ((string bits, string system) in (ReadOnlySpan<(string, string)>)[("x64", "system32"), ("x86", "syswow64")])
        {
            File.Copy(
                Path.Combine(artifacts, $"win-{bits}", "remotesigning-ksp.dll"),
                Path.Combine(prefix.DriveC, "windows", system, "remotesigning-ksp.dll"),
                overwrite: true);
        }

        string register = Path.Combine(artifacts, "win-x64", "card-register.exe");
        _ = prefix.Run(register, ["install"], environment);
        Card.Expect(prefix.Run(register, ["status"], environment), "listed          yes");
        string program = PublishedProgram.Publish(prefix, "tests/windows/RemoteSigning.CngProgram", "cng-program", "cng-program");
        return new CngProgram(desktop, program, environment, desktop.NewFolder());
    }

    /// <summary>A text of its own.</summary>
    public string NewDocument()
    {
        string document = Path.Combine(Folder, "document");
        File.WriteAllBytes(document, RandomNumberGenerator.GetBytes(1000));
        return document;
    }

    public string Run(params string[] arguments) => _desktop.Prefix.Run(_program, arguments, _environment);

    public CommandResult Try(params string[] arguments) => _desktop.Prefix.Try(_program, arguments, _environment);

    /// <summary>Fails unless SignHash of our library was entered with just these digests, and the SAM signed just these.</summary>
    public void ExpectSigned(IReadOnlyList<byte[]> digests)
    {
        const string Entered = "SignHash signs ";
        string[] lines = File.ReadAllLines(_log);
        Card.Expect(string.Join('\n', lines), "load remotesigning-ksp.dll as RemoteSigning Key Storage Provider: 0x00000000");
        string[] entered = [.. lines.Where(l => l.StartsWith(Entered, StringComparison.Ordinal)).Select(l => l[Entered.Length..]).Order(StringComparer.Ordinal)];
        string[] expected = [.. digests.Select(Convert.ToHexStringLower).Order(StringComparer.Ordinal)];
        if (!entered.SequenceEqual(expected))
        {
            throw new InteropException($"SignHash should have been entered with {string.Join(", ", expected)}; it was with {string.Join(", ", entered)}.");
        }

        _sam.Expect(digests);
    }
}
