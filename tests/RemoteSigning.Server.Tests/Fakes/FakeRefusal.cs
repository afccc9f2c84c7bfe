using RemoteSigning.Contracts;

namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>A fake peer refuses.</summary>
internal sealed class FakeRefusal(int status, Problem problem, string code) : Exception(code)
{
    public int Status { get; } = status;

    public Problem Problem { get; } = problem;

    public string Code { get; } = code;
}
