using RemoteSigning.Contracts.Csc;

namespace RemoteSigning.Server.Csc;

/// <summary>A refusal in the words of the CSC API.</summary>
internal sealed class CscException(int status, string error, string description) : Exception(description)
{
    public int Status { get; } = status;

    /// <summary>When the client may come again.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public CscError Body { get; } = new(error, description);

    /// <summary>400 <c>invalid_request</c>, what most rows of the error tables are.</summary>
    public static CscException Invalid(string description) => new(StatusCodes.Status400BadRequest, CscErrors.InvalidRequest, description);

    public static CscException Missing(string type, string parameter) => Invalid($"Missing (or invalid type) {type} parameter {parameter}");

    public static CscException InvalidParameter(string parameter) => Invalid($"Invalid parameter {parameter}");
}
