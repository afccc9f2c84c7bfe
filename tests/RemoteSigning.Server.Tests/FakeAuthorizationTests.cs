using NUnit.Framework;
using RemoteSigning.Authorization.Tests.Contract;
using RemoteSigning.Server.Tests.Fakes;

namespace RemoteSigning.Server.Tests;

/// <summary>The fake that these tests use keeps the contract of the real authorization server, which keeps it in that one's own tests.</summary>
[TestFixture]
public sealed class FakeAuthorizationTests : AuthorizationContract
{
    private protected override async Task<IAuthorizationSubject> NewSubjectAsync()
    {
        var subject = new FakeSubject();
        await subject.StartAsync();
        return subject;
    }
}
