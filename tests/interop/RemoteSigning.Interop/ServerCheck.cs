namespace RemoteSigning.Interop;

/// <summary>One row of the servers' table. A check that fails throws.</summary>
/// <param name="Use">What the program does, in its own words: <c>ts -query, -verify</c>.</param>
/// <param name="Interface">What it speaks to: CSC v1, time stamps, OCSP, CRL.</param>
/// <param name="RunAsync">Tells who found the result good.</param>
internal sealed record ServerCheck(string Use, string Interface, Func<Servers, CancellationToken, Task<string>> RunAsync);
