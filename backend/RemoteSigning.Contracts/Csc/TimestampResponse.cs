using System.Text.Json.Serialization;

namespace RemoteSigning.Contracts.Csc;

/// <summary>CSC <c>signatures/timestamp</c> answer: a TimeStampToken (RFC 3161, 2.4.2), base64.</summary>
public sealed record TimestampResponse([property: JsonRequired] string Timestamp);
