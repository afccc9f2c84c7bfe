using System.Text.Json.Serialization;

namespace RemoteSigning.Benchmarks;

/// <summary>The content of <c>artifacts/bench.json</c>.</summary>
/// <param name="Layers">Milliseconds; empty when only the card was measured.</param>
/// <param name="Card">Microseconds.</param>
/// <param name="Sam">Milliseconds of a request, signatures per second.</param>
/// <param name="Csc">Milliseconds of authorize and signHash together, signatures per second.</param>
/// <param name="CscProcessors">Processor time of one operation.</param>
/// <param name="Pki">Milliseconds, answers per second; nothing is unwrapped there.</param>
internal sealed record BenchmarkResults(
    IReadOnlyList<Measurement> Layers,
    IReadOnlyList<Measurement> Sam,
    IReadOnlyList<Measurement> Csc,
    IReadOnlyList<ProcessorShare> CscProcessors,
    IReadOnlyList<Measurement> Pki,
    IReadOnlyList<CardMeasurement> Card,
    IReadOnlyList<Aim> Aims);

/// <summary>Source-generated JSON of <see cref="BenchmarkResults"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(BenchmarkResults))]
internal sealed partial class BenchmarkJson : JsonSerializerContext;
