using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary><c>signAlgorithms</c> of the v2 <c>info</c>: OIDs that some key can be used with.</summary>
public sealed record SignAlgorithms([property: JsonRequired] IReadOnlyList<string> Algos);
