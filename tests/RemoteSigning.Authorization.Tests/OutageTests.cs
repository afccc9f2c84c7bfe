using System.Data.Common;
using Microsoft.AspNetCore.Http;
using RemoteSigning.Contracts;
using RemoteSigning.Cryptoki;

namespace RemoteSigning.Authorization.Tests;

[TestFixture]
public sealed class OutageTests
{
    [Test]
    public void Invoke_HsmAway_IsUnavailable() =>
        Assert.That(CodeOf(new HsmException("C_Sign", 0xE0)), Is.EqualTo(ProblemCodes.HsmUnavailable));

    [Test]
    public void Invoke_DatabaseAway_IsUnavailableHoweverItIsWrapped() =>
        Assert.That(
            CodeOf(new InvalidOperationException("wrapped", new DatabaseFailure(isTransient: true))),
            Is.EqualTo(ProblemCodes.ServiceUnavailable));

    [Test]
    public void Invoke_OwnMistake_StaysOne() =>
        Assert.That(() => Authorization.Api.Outages.InvokeAsync(
            new DefaultHttpContext(), _ => throw new DatabaseFailure(isTransient: false)), Throws.InstanceOf<DatabaseFailure>());

    private static string? CodeOf(Exception failure)
    {
        ProblemException? problem = Assert.ThrowsAsync<ProblemException>(
            () => Authorization.Api.Outages.InvokeAsync(new DefaultHttpContext(), _ => throw failure));
        Assert.That(problem?.Problem, Is.EqualTo(Problem.Unavailable));
        Assert.That(problem?.InnerException, Is.SameAs(failure));
        return problem?.Code;
    }

    private sealed class DatabaseFailure(bool isTransient) : DbException
    {
        public override bool IsTransient => isTransient;
    }
}
