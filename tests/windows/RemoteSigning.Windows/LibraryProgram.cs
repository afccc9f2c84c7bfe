using RemoteSigning.Interop;

namespace RemoteSigning.Windows;

/// <summary>
/// A living C program of <c>tests/windows</c> with one of our libraries: it lives on between the lines that it is told. What it signs is
/// verified by openssl, and once more by the library. Disposing ends it.
/// </summary>
internal abstract class LibraryProgram : IDisposable
{
    private readonly List<byte[]> _digests = [];
    private int _texts;

    /// <param name="program">The name of its source, without ending.</param>
    /// <param name="library"><c>ksp</c> or <c>pkcs11</c>.</param>
    protected LibraryProgram(Desktop desktop, string program, string library)
    {
        Desktop = desktop;
        Folder = desktop.NewFolder();
        Dialogue = desktop.Prefix.Talk(Folder, WinePrefix.TestProgram(program), WinePrefix.Library(library));
    }

    /// <summary>Of this run alone.</summary>
    public string Folder { get; }

    /// <summary>What the SAM should have been asked to sign so far.</summary>
    public IReadOnlyList<byte[]> Digests => _digests;

    protected Desktop Desktop { get; }

    protected Dialogue Dialogue { get; }

    public Task EndAsync(CancellationToken cancel) => Dialogue.EndAsync(cancel);

    public void Dispose() => Dialogue.Dispose();

    /// <summary>The number of a new text.</summary>
    protected int NextText() => ++_texts;

    /// <summary>The program has signed this.</summary>
    protected void AddDigest(byte[] digest) => _digests.Add(digest);

    /// <summary>Writes a file for the program; returns its name on Windows.</summary>
    protected async Task<string> WriteAsync(string name, byte[] content, CancellationToken cancel)
    {
        string file = Path.Combine(Folder, name);
        await File.WriteAllBytesAsync(file, content, cancel);
        return WinePrefix.ToWindows(file);
    }

    /// <summary>Fails unless the library refuses, for this reason, to sign this, and leaves no signature.</summary>
    /// <param name="key">As the library calls it.</param>
    /// <param name="scheme">As the program calls it.</param>
    protected async Task ExpectSignRefusedAsync(string reason, string key, string scheme, byte[] content, CancellationToken cancel)
    {
        string name = $"{NextText()}.refused";
        string signature = Path.Combine(Folder, name + ".sig");
        string input = await WriteAsync(name, content, cancel);
        await Dialogue.ExpectRefusedAsync(reason, cancel, "sign", key, scheme, input, WinePrefix.ToWindows(signature));
        if (File.Exists(signature))
        {
            throw new InteropException($"{scheme} with {key} was refused, and there is a signature.");
        }
    }
}
