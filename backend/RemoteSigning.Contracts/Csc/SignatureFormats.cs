using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary><c>signature_formats</c> of the v2 <c>info</c>: a subset of C, X, P, J.</summary>
public sealed record SignatureFormats([property: JsonRequired] IReadOnlyList<string> Formats);
