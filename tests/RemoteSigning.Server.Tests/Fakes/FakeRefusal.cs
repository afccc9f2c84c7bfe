using RemoteSigning.Contracts;
using RemoteSigning.Hosting;

namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>A fake peer refuses.</summary>
internal sealed class FakeRefusal(int status, Problem problem, string code) : Exception(code)
{
    /// <summary>With the status that our own APIs have for it.</summary>
    public FakeRefusal(Problem problem, string code)
        : this(ProblemExceptionHandler.StatusOf(new ProblemException(problem, code, code)), problem, code)
    {
    }

    public int Status { get; } = status;

    public Problem Problem { get; } = problem;

    public string Code { get; } = code;

    public static void Unless(bool holds, Problem problem, string code)
    {
        if (!holds)
        {
            throw new FakeRefusal(problem, code);
        }
    }
}
