using System.Text.Json;
using RemoteSigning.Benchmarks;
using RemoteSigning.Cryptoki;
using RemoteSigning.Sandbox;

// "card" as the only argument: the card alone, without the system behind it.
bool cardOnly = args is ["card"];
string artifacts = Installation.Current.Artifacts;
string folder = Path.Combine(artifacts, "bench");
Console.WriteLine(cardOnly
    ? "RemoteSigning benchmarks: the card, beside p11-kit's remoting"
    : "RemoteSigning benchmarks: the card, then the raw HSM and every layer above it, in one run\n");
try
{
    if (Directory.Exists(folder))
    {
        Directory.Delete(folder, recursive: true);
    }

    Directory.CreateDirectory(Path.Combine(folder, "card"));
    var layers = new LayerComparison();
    await using RunningSandbox? sandbox = cardOnly ? null : await RunningSandbox.StartAsync(
        new SandboxOptions(Path.Combine(folder, "sandbox"), "pin", SampleSigner.One), new Steps(Console.Out), CancellationToken.None);
    using var sides = new CardSides(Path.Combine(folder, "card"));
    var card = new CardComparison(sides);
    card.Run(sandbox?.Description);
    if (sandbox is not null)
    {
        await layers.RunAsync(sandbox, folder);
    }

    string file = Path.Combine(artifacts, "bench.json");
    var results = new BenchmarkResults(layers.Rows, card.Rows, card.Aims);
    await File.WriteAllTextAsync(file, JsonSerializer.Serialize(results, BenchmarkJson.Default.BenchmarkResults) + "\n");
    Console.WriteLine($"\n  {file}");
    return card.Failures == 0 ? 0 : throw new BenchmarkException($"{card.Failures} processes failed to use the card.");
}
catch (Exception failure) when (failure is BenchmarkException or SandboxException or InvalidOperationException or HttpRequestException or HsmException or IOException or TimeoutException)
{
    Console.Error.WriteLine($"\nThe run ended here: {failure.Message}");
    return 1;
}
