using RemoteSigning.Sam.Commands;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>Three officers, of whom two are enough, and the nodes of the module whose keys they carry, each with a token of its own.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
internal sealed class TestOfficers : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("officers-").FullName;
    private readonly TestParties _parties;
    private readonly Action<System.Text.Json.Nodes.JsonObject> _editStatic;

    /// <param name="words">What their passphrases begin with.</param>
    public TestOfficers(string words, Action<System.Text.Json.Nodes.JsonObject>? editStatic = null)
    {
        Passphrases = [.. Enumerable.Range(1, 3).Select(i => $"{words} of officer {i}")];
        _parties = new TestParties(_folder);
        _editStatic = editStatic ?? (_ => { });
        for (int i = 1; i <= 3; i++)
        {
            OwnerOnly.Write(PassphraseFile(i), Passphrases[i - 1] + "\n");
        }
    }

    public IReadOnlyList<string> Passphrases { get; }

    /// <summary>The first node: makes the module.</summary>
    public TestNode Create(out TestHsmToken token) => NewNode("sam-1", token = TestHsmToken.New(), (file, seams) => AdminCreateCommand.Run(
        [
            "--config", file, "--officers", "3", "--threshold", "2",
            "--passphrase-file", PassphraseFile(1), "--passphrase-file", PassphraseFile(2), "--passphrase-file", PassphraseFile(3),
        ],
        TextWriter.Null,
        seams));

    /// <summary>A further node, made by the officers 1 and 3.</summary>
    public TestNode Initialize(string name, TestNode first, out TestHsmToken token) =>
        NewNode(name, token = TestHsmToken.New(), (file, seams) => AdminInitializeCommand.Run(
            file, first.InfrastructureFile, [$"1:{PassphraseFile(1)}", $"3:{PassphraseFile(3)}"], TextWriter.Null, seams));

    public string PassphraseFile(int officer) => Path.Combine(_folder, $"officer-{officer}");

    /// <summary>The arguments with which these officers give their shares.</summary>
    public string[] Shares(params int[] officers) => [.. officers.SelectMany(o => (string[])["--share", $"{o}:{PassphraseFile(o)}"])];

    public void Dispose() => _parties.Dispose();

    private TestNode NewNode(string name, TestHsmToken token, Action<string, SamSeams> make) => new(
        Path.Combine(_folder, name),
        name,
        _parties,
        new TestSetup { TokenLabel = token.Label, PinFile = token.PinFile, Make = make, EditStatic = _editStatic });
}
