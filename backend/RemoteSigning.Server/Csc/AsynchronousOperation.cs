using RemoteSigning.Server.Applications;

namespace RemoteSigning.Server.Csc;

/// <summary>How <c>operationMode</c> A wants its outcome kept.</summary>
/// <param name="Validity">How long the outcome is to be had.</param>
/// <param name="ResponseUri">Where to tell that it is there; null when the caller polls only.</param>
internal sealed record AsynchronousOperation(TimeSpan Validity, string? ResponseUri)
{
    private const int LongestValidity = 24 * 3600 * 1000;

    private static readonly TimeSpan Usual = TimeSpan.FromHours(1);

    /// <summary>Null when the caller waits for the signatures.</summary>
    public static AsynchronousOperation? Read(CscRequest body)
    {
        string mode = body.OptionalString("operationMode") ?? "S";
        bool isAsynchronous = mode is "A" || (mode is "S" ? false : throw CscException.InvalidParameter("operationMode"));
        int? validity = body.OptionalInteger("validity_period");
        if (validity is <= 0 || (validity is not null && !isAsynchronous))
        {
            throw CscException.InvalidParameter("validity_period");
        }

        if (validity > LongestValidity)
        {
            throw CscException.Invalid("Out of bounds parameter validity_period");
        }

        string? responseUri = body.OptionalString("response_uri");
        if (responseUri is not null && !isAsynchronous)
        {
            throw CscException.InvalidParameter("response_uri");
        }

        return isAsynchronous ? new(validity is { } wanted ? TimeSpan.FromMilliseconds(wanted) : Usual, responseUri) : null;
    }

    /// <summary>This server opens no connection to where a caller says: the address has to be one that an operator registered.</summary>
    /// <exception cref="CscException">It is not.</exception>
    public void DemandRegistered(CallingApplication application)
    {
        if (ResponseUri is not null && !application.ResponseUris.Contains(ResponseUri, StringComparer.Ordinal))
        {
            throw CscException.InvalidParameter("response_uri");
        }
    }
}
