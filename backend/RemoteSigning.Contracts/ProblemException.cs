namespace RemoteSigning.Contracts;

/// <summary>
/// An expected failure. <see cref="Exception.Message"/> is public: it is told to the caller and holds
/// no secret and no cause; the cause travels as the inner exception and is only logged.
/// </summary>
public sealed class ProblemException : Exception
{
    public ProblemException(Problem problem, string code, string publicText, Exception? cause = null)
        : base(publicText, cause)
    {
        Problem = problem;
        Code = code;
    }

    public Problem Problem { get; }

    /// <summary>A stable word for programs, one of <see cref="ProblemCodes"/>.</summary>
    public string Code { get; }

    /// <summary>When coming again may help; null when nobody knows.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
