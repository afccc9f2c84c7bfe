using System.Security.Cryptography;
using RemoteSigning.Authorization.Tests.Contract;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Authorization.Tests;

/// <summary>The real server under the contract.</summary>
internal sealed class RealAuthorization : IAuthorizationSubject
{
    private readonly TestServer _server;

    public RealAuthorization(TestServer server)
    {
        _server = server;
        SadKey.ImportFromPem(File.ReadAllText(Path.Combine(server.DataFolder, "sad-public-key.pem")));
    }

    public Api Ssa => _server.Ssa;

    public ManualClock Clock => _server.Clock;

    public string Issuer => TestServer.Issuer;

    public string Node => TestServer.Node;

    public string OtherNode => TestServer.OtherNode;

    public ECDsa AuditKey => _server.AuditKey;

    public ECDsa SadKey { get; } = ECDsa.Create();

    public async Task<ContractSigner> AddSignerAsync(string email, string password)
    {
        Account account = await _server.Operator.CreateAccountAsync(
            new AccountRequest(email, "Given", "Family", password, ContractSigner.Pin));
        return new ContractSigner(account.Signer, email, password, account.TotpSecret);
    }

    public string Otp(ContractSigner signer)
    {
        NextStep();
        return Signer(signer, "").Code();
    }

    public async Task<string> AddDeviceCredentialAsync(ContractSigner signer, string token)
    {
        NextStep();
        return (await DeviceCase.CompleteAsync(_server, Signer(signer, token))).Request.CredentialId;
    }

    public async ValueTask DisposeAsync()
    {
        SadKey.Dispose();
        await _server.DisposeAsync();
    }

    /// <summary>A code is taken once in its time step.</summary>
    private void NextStep() => Clock.Advance(TimeSpan.FromSeconds(30));

    private TestSigner Signer(ContractSigner signer, string token) => new(
        _server,
        new Account(signer.Signer, signer.Email, "Given", "Family", signer.TotpSecret),
        signer.Password,
        ContractSigner.Pin,
        new Session(token, null, 0));
}
