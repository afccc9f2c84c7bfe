using System.Runtime.InteropServices;
using RemoteSigning.Sandbox;

const string Usage =
    """
    The whole of RemoteSigning on this machine, for trying and testing.

      run  [--card-mode protected|pin|agent] [--sam-nodes 1|2|3]   keep it running until Ctrl-C
      demo [--document FILE.pdf]                                   sign a PDF with it, prove the signature, stop
    """;

using var stop = new CancellationTokenSource();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
string artifacts = Installation.Current.Artifacts;
var steps = new Steps(Console.Out);
try
{
    Directory.CreateDirectory(artifacts);
    return args switch
    {
        ["run", .. string[] options] when ReadOptions(options) is { } read => await KeepAsync(read.CardMode, read.SamNodes),
        ["demo"] => await DemoAsync(Path.Combine(Installation.Current.Root, "tests", "documents", "sample.pdf")),
        ["demo", "--document", _] => await DemoAsync(Path.GetFullPath(args[2])),
        _ => PrintUsage(),
    };
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    Console.Error.WriteLine("Stopped.");
    return 130;
}
#pragma warning disable CA1031 // The last line of defence of a program: whatever it was, the person gets a sentence.
catch (Exception failure)
#pragma warning restore CA1031
{
    Console.Error.WriteLine($"\nIt ended here: {failure.Message}");
    Console.Error.WriteLine($"The logs of all processes are in {Path.Combine(artifacts, "sandbox", "logs")}.");
    return 1;
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}

int PrintUsage()
{
    Console.Error.WriteLine(Usage);
    return 2;
}

FileStream Lock()
{
    try
    {
        return new FileStream(Path.Combine(artifacts, "sandbox.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
    }
    catch (IOException held)
    {
        throw new SandboxException(
            "A sandbox is running in this checkout already. Stop it (Ctrl-C in its terminal) or use a second clone.", held);
    }
}

(string CardMode, int SamNodes)? ReadOptions(string[] options)
{
    (string cardMode, int samNodes) = ("pin", 1);
    foreach (string[] option in options.Chunk(2))
    {
        switch (option)
        {
            case ["--card-mode", "protected" or "pin" or "agent"]: cardMode = option[1]; break;
            case ["--sam-nodes", "1" or "2" or "3"]: samNodes = option[1][0] - '0'; break;
            default: return null;
        }
    }

    return (cardMode, samNodes);
}

async Task<int> KeepAsync(string cardMode, int samNodes)
{
    using FileStream held = Lock();
    steps.Say("RemoteSigning sandbox\n");
    await using RunningSandbox sandbox = await RunningSandbox.StartAsync(
        new SandboxOptions(Path.Combine(artifacts, "sandbox"), cardMode, SampleSigner.All, SamNodes: samNodes), steps, stop.Token);
    SandboxDescription d = sandbox.Description;
    steps.Say(
        $"""

        Everything runs. Where it is: {Path.Combine(sandbox.Folder, "sandbox.json")}

          signing server   {d.Csc.V1}/info   (trust {d.TlsRoot})
          signer           {d.Signers[0].Email}, PIN {d.Signers[0].Pin}
          the card         export REMOTESIGNING_SOCKET={d.Agent.Socket}
                           pkcs11-tool --module {d.Pkcs11.Module} -O
          the SAM          {string.Join(", ", d.SamNodes.Select(n => n.Url))}
          logs             {d.Logs}

        To try it by hand: docs/csc.md (signing server), docs/sam/api.md (SAM), docs/authorization.md, docs/pki.md.
        Ctrl-C stops it.
        """);
    await Task.Delay(Timeout.Infinite, stop.Token);
    return 0;
}

async Task<int> DemoAsync(string document)
{
    byte[] pdf = ReadPdf(document);
    using FileStream held = Lock();
    string folder = Path.Combine(artifacts, "demo");
    if (Directory.Exists(folder))
    {
        Directory.Delete(folder, recursive: true);
    }

    // A copy is signed: the document may lie in the folder that was just emptied.
    Directory.CreateDirectory(folder);
    string copy = Path.Combine(folder, Path.GetFileName(document));
    await File.WriteAllBytesAsync(copy, pdf);
    steps.Say($"RemoteSigning demo: {Path.GetFileName(document)} is signed by a key that never leaves the HSM\n");
    await using RunningSandbox sandbox = await RunningSandbox.StartAsync(
        new SandboxOptions(Path.Combine(artifacts, "sandbox"), "pin", SampleSigner.One), steps, stop.Token);
    await new Demo(sandbox, steps, folder).RunAsync(copy, stop.Token);
    return 0;
}

byte[] ReadPdf(string document)
{
    if (!File.Exists(document))
    {
        throw new SandboxException($"The document {document} does not exist. Name an existing PDF file with --document=FILE.pdf.");
    }

    byte[] pdf = File.ReadAllBytes(document);
    return pdf.AsSpan(0, Math.Min(pdf.Length, 1024)).IndexOf("%PDF-"u8) >= 0
        ? pdf
        : throw new SandboxException($"{document} is not a PDF file. Name one with --document=FILE.pdf.");
}
