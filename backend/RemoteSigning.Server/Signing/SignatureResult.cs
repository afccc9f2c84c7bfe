namespace RemoteSigning.Server.Signing;

/// <summary>What is known of an asynchronous request; <paramref name="Content"/> is null while it is under way.</summary>
internal sealed record SignatureResult(DateTimeOffset StartedAt, byte[]? Content);
