using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary><c>signAlgorithms</c> of the v2 <c>info</c>: OIDs that some key can be used with.</summary>
/// <param name="AlgoParams">Usual parameters of those that need some: base64 of DER.</param>
public sealed record SignAlgorithms([property: JsonRequired] IReadOnlyList<string> Algos, IReadOnlyList<string>? AlgoParams = null);
