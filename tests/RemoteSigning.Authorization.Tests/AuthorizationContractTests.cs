using RemoteSigning.Authorization.Tests.Contract;

namespace RemoteSigning.Authorization.Tests;

/// <summary>The contract on the real server, with its database and its HSM token.</summary>
[TestFixture]
public sealed class AuthorizationContractTests : AuthorizationContract
{
    private protected override async Task<IAuthorizationSubject> NewSubjectAsync() => new RealAuthorization(await TestServer.StartAsync());
}
