namespace RemoteSigning.Benchmarks;

/// <summary>The run is worthless: something that was measured was also wrong.</summary>
internal sealed class BenchmarkException(string message) : Exception(message);
