namespace RemoteSigning.Server.Telemetry;

/// <summary>Which limit of an application refused, as metrics name it.</summary>
internal static class LimitNames
{
    public const string SignaturesPerTransaction = "signatures_per_transaction";
    public const string SignaturesPerDay = "signatures_per_day";
    public const string Requests = "requests";
    public const string TokenRequests = "token_requests";
    public const string SignIns = "sign_ins";
}
