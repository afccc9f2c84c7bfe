namespace RemoteSigning.Contracts.Enrollment;

/// <summary>A client of the CSC API as operators see it: <c>GET /enrollment/v1/applications</c> lists them in the order of their ids.</summary>
/// <param name="ClientId">Drawn by the server and never given to another; <c>direct</c> for clients without a key.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="ResponseUris">Where it may be told that asynchronous signatures are ready; null without any.</param>
public sealed record Application(
    string ClientId, string Name, string OwnerName, string OwnerEmail, bool Enabled, ApplicationLimits Limits, DateTimeOffset CreatedAt,
    IReadOnlyList<string>? ResponseUris = null);
