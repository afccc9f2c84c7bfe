using System.Text.Json.Serialization;
using RemoteSigning.Contracts.Csc;

namespace RemoteSigning.Server.Csc;

/// <summary>What <c>signatures/signPolling</c> answers in the end: signatures, or the refusal that signHash would have given.</summary>
internal sealed record PollingOutcome(IReadOnlyList<string>? Signatures, PollingRefusal? Refusal);

/// <summary>An error body and its status.</summary>
internal sealed record PollingRefusal(int Status, CscError Body);

/// <summary>The form in which it is stored.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PollingOutcome))]
internal sealed partial class PollingJson : JsonSerializerContext;
