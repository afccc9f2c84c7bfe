namespace RemoteSigning.Interop;

/// <summary>One row of the table: a program uses one key in one mode, twice and once more after a restart of the agent.</summary>
/// <param name="Use">What the program does with the key, in its own words: <c>cms -sign -cades</c>.</param>
/// <param name="Key">Label of the key.</param>
internal sealed record Check(string Use, string Key, CardMode Mode, Func<Card, CardKey, CancellationToken, Task<Finding>> RunAsync);
