using RemoteSigning.Server.Peers;
using RemoteSigning.Server.Storage;
using RemoteSigning.Server.Telemetry;

namespace RemoteSigning.Server.Csc;

/// <summary>Finds for whatever went wrong the refusal that a client may see, and tells the operator the cause.</summary>
internal sealed partial class CscFailures(ServerMetrics metrics, ILogger<CscFailures> logger)
{
    public CscException Explain(string path, CscFace face, string trace, Exception failure)
    {
        CscException refusal = Find(path, face, trace, failure);
        metrics.Refused(refusal.Body, refusal.Status < StatusCodes.Status500InternalServerError ? "caller" : CauseOf(failure));
        return refusal;
    }

    /// <summary>Who is out of order, as metrics name it.</summary>
    private static string CauseOf(Exception failure) => failure switch
    {
        PeerException { Peer: AuthorizationClient.Name } => "authorization",
        PeerException { Peer: SamClient.Name } => "sam",
        PeerException { Peer: PkiClient.Name } => "pki",
        _ when PostgreSql.IsUnavailable(failure) => "database",
        _ => "server",
    };

    private CscException Find(string path, CscFace face, string trace, Exception failure)
    {
        switch (failure)
        {
            case CscException refusal:
                LogRefused(path, refusal.Status, refusal.Body.Error, refusal.Message, trace);
                return refusal;
            case PeerException peer:
                CscException mapped = CscErrors.From(peer, face);
                LogPeer(
                    path, mapped.Status, mapped.Body.Error, peer.Peer, peer.Outcome, peer.Code, peer.Message, trace, peer.InnerException?.Message);
                return mapped;
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } large:
                LogRefused(path, large.StatusCode, CscErrors.InvalidRequest, large.Message, trace);
                return new CscException(large.StatusCode, CscErrors.InvalidRequest, CscErrors.TooLargeText);
            case BadHttpRequestException malformed:
                LogRefused(path, malformed.StatusCode, CscErrors.InvalidRequest, malformed.Message, trace);
                return CscException.Invalid(CscErrors.MalformedText);
            case var _ when PostgreSql.IsUnavailable(failure):
                LogDatabase(path, failure.GetBaseException().Message, trace);
                return CscErrors.Unavailable();
            default:
                LogFailed(failure, path, trace);
                return CscErrors.ServerFailure();
        }
    }

    [LoggerMessage(6001, LogLevel.Information, "{Path} refused with {Status} {Error}: {Description}, trace {TraceId}")]
    private partial void LogRefused(string path, int status, string error, string description, string traceId);

    [LoggerMessage(6002, LogLevel.Warning, "{Path} refused with {Status} {Error}, because of {Peer} ({Outcome}, {Code}): {Text} Trace {TraceId}. {Cause}")]
    private partial void LogPeer(
        string path, int status, string error, string peer, PeerOutcome outcome, string code, string text, string traceId, string? cause);

    [LoggerMessage(6003, LogLevel.Error, "{Path} failed, trace {TraceId}")]
    private partial void LogFailed(Exception exception, string path, string traceId);

    [LoggerMessage(6005, LogLevel.Error, "{Path} refused, because the database is away: {Cause} Trace {TraceId}")]
    private partial void LogDatabase(string path, string cause, string traceId);
}
