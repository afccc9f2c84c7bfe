namespace RemoteSigning.Server.Csc;

/// <summary>How <c>operationMode</c> A wants its outcome kept.</summary>
/// <param name="Validity">How long the outcome is to be had.</param>
internal sealed record AsynchronousOperation(TimeSpan Validity)
{
    private const int LongestValidity = 24 * 3600 * 1000;

    private static readonly TimeSpan Usual = TimeSpan.FromHours(1);

    /// <summary>
    /// Null when the caller waits for the signatures. No application has registered a host to which an outcome may
    /// be sent, so that each <c>response_uri</c> is refused: this server opens no connection to where a caller says.
    /// </summary>
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

        if (body.OptionalString("response_uri") is not null)
        {
            throw CscException.InvalidParameter("response_uri");
        }

        return isAsynchronous ? new(validity is { } wanted ? TimeSpan.FromMilliseconds(wanted) : Usual) : null;
    }
}
