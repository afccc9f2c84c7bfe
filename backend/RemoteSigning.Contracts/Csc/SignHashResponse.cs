using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>CSC v1 <c>signatures/signHash</c> answer, base64, in the order of the request.</summary>
public sealed record SignHashResponse([property: JsonRequired] IReadOnlyList<string> Signatures);
