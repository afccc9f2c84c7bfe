using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>CSC v2 <c>signatures/signHash</c> answer to <c>operationMode</c> A: the <c>requestID</c> for <c>signatures/signPolling</c>.</summary>
public sealed record SignHashAccepted([property: JsonRequired, JsonPropertyName("responseID")] string ResponseId);
