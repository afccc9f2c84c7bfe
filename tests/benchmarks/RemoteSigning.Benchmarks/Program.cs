using System.Text.Json;
using RemoteSigning.Benchmarks;
using RemoteSigning.Cryptoki;
using RemoteSigning.Sandbox;

if (args is [EmptyServer.Argument, ..])
{
    return await EmptyServer.RunAsync(args);
}

// "card", "sam", "csc" or "pki" measures that part alone; "sam-endurance" (unless a smaller number of signatures follows) and "csc-users" take long
// and are no part of the rest.
string part = args is [var first, ..] ? first : "";
int signatures = args is [_, var number] ? int.Parse(number, System.Globalization.CultureInfo.InvariantCulture) : SamEndurance.Million;
string artifacts = Installation.Current.Artifacts;
string folder = Path.Combine(artifacts, "bench");
Console.WriteLine(part switch
{
    "card" => "RemoteSigning benchmarks: the card, beside p11-kit's remoting",
    "sam" => "RemoteSigning benchmarks: the SAM, beside its HSM",
    "csc" => "RemoteSigning benchmarks: the CSC API, beside the HSM",
    "pki" => "RemoteSigning benchmarks: time stamps and OCSP answers, beside the PKI's HSM",
    "csc-users" => "RemoteSigning benchmarks: the CSC API for one signer among a million",
    "sam-endurance" => "RemoteSigning benchmarks: what grows in the SAM",
    _ => "RemoteSigning benchmarks: the card, then the raw HSM and every layer above it, then SAM, CSC API and PKI beside their HSMs\n",
});
try
{
    if (Directory.Exists(folder))
    {
        Directory.Delete(folder, recursive: true);
    }

    if (part == "sam-endurance")
    {
        await new SamEndurance(folder, signatures).RunAsync();
        return 0;
    }

    if (part == "csc-users")
    {
        await new CscUsers(folder).RunAsync();
        return 0;
    }

    var layers = new LayerComparison();
    IReadOnlyList<CardMeasurement> cardRows = [];
    List<Aim> aims = [];
    if (part is "" or "card")
    {
        Directory.CreateDirectory(Path.Combine(folder, "card"));
        await using RunningSandbox? sandbox = part == "card" ? null : await RunningSandbox.StartAsync(
            new SandboxOptions(Path.Combine(folder, "sandbox"), "pin", SampleSigner.One), new Steps(Console.Out), CancellationToken.None);
        using var sides = new CardSides(Path.Combine(folder, "card"));
        var card = new CardComparison(sides);
        card.Run(sandbox?.Description);
        if (sandbox is not null)
        {
            await layers.RunAsync(sandbox, Path.Combine(folder, "layers"));
        }

        cardRows = card.Rows;
        aims.AddRange(card.Aims);
        if (card.Failures > 0)
        {
            throw new BenchmarkException($"{card.Failures} processes failed to use the card.");
        }
    }

    var sam = new SamComparison(Path.Combine(folder, "sam"));
    if (part is "" or "sam")
    {
        await sam.RunAsync();
        aims.AddRange(sam.Aims);
    }

    var csc = new CscComparison(Path.Combine(folder, "csc"));
    if (part is "" or "csc")
    {
        await csc.RunAsync();
        aims.AddRange(csc.Aims);
    }

    var pki = new PkiComparison(Path.Combine(folder, "pki"));
    if (part is "" or "pki")
    {
        await pki.RunAsync();
        aims.AddRange(pki.Aims);
    }

    string file = Path.Combine(artifacts, "bench.json");
    var results = new BenchmarkResults(layers.Rows, sam.Rows, csc.Rows, csc.Shares, pki.Rows, cardRows, aims);
    await File.WriteAllTextAsync(file, JsonSerializer.Serialize(results, BenchmarkJson.Default.BenchmarkResults) + "\n");
    Console.WriteLine($"\n  {file}");
    return 0;
}
catch (Exception failure) when (failure is BenchmarkException or SandboxException or InvalidOperationException or HttpRequestException or HsmException or IOException or TimeoutException)
{
    Console.Error.WriteLine($"\nThe run ended here: {failure.Message}");
    return 1;
}
