namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>One sign-in of a signer through an application.</summary>
internal sealed class FakeGrant(FakeAccount account, string clientId)
{
    public FakeAccount Account => account;

    public string ClientId => clientId;

    public bool IsRevoked { get; set; }
}
