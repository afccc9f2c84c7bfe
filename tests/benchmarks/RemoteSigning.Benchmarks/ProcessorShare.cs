namespace RemoteSigning.Benchmarks;

/// <summary>How much processor time one operation costs in one process.</summary>
/// <param name="Callers">How many called at once.</param>
/// <param name="Milliseconds">Of one processor.</param>
internal sealed record ProcessorShare(string Operation, string Process, int Callers, int Operations, double Milliseconds);
