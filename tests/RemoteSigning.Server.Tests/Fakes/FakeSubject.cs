using System.Security.Cryptography;
using RemoteSigning.Authorization.Tests;
using RemoteSigning.Authorization.Tests.Contract;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Server.Tests.Fakes;

/// <summary>The fake authorization server under the contract of the real one.</summary>
internal sealed class FakeSubject : IAuthorizationSubject
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rs-fake-authorization-");
    private readonly FakeAuthorization _fake;
    private readonly ECDsa _otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public FakeSubject()
    {
        using var authority = new TlsAuthority();
        string root = Path.Combine(_folder.FullName, "root.pem");
        File.WriteAllText(root, authority.RootPem);
        _fake = new FakeAuthorization(authority.IssueServer(_folder.FullName, "authorization"));
        _fake.AddNode(Node, AuditKey);
        _fake.AddNode(OtherNode, _otherKey);
        Ssa = new Api(_fake.Host.Url, authority.IssueClient(_folder.FullName, "ssa"), root);
    }

    public Api Ssa { get; }

    public ManualClock Clock => _fake.Clock;

    public string Issuer => FakeAuthorization.Issuer;

    public string Node => "sam-1";

    public string OtherNode => "sam-2";

    public ECDsa AuditKey { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public ECDsa SadKey => _fake.Key;

    public Task StartAsync() => _fake.Host.StartAsync();

    public Task<ContractSigner> AddSignerAsync(string email, string password) =>
        Task.FromResult(new ContractSigner(_fake.AddAccount(email, password), email, password));

    public string Otp(ContractSigner signer) => FakeAuthorization.Otp;

    public async Task<string> AddDeviceCredentialAsync(ContractSigner signer, string token)
    {
        string id = $"credential-{Guid.NewGuid():N}";
        string answer = await Ssa.TryRegisterAsync(
            new CredentialRegistration(id, ContractSigner.KeyOf(id), signer.Signer, "1", "explicit", true, false, 100));
        _fake.DemandDevices(id);
        return answer == "201" ? id : throw new InvalidOperationException(answer);
    }

    public async ValueTask DisposeAsync()
    {
        Ssa.Dispose();
        await _fake.DisposeAsync();
        AuditKey.Dispose();
        _otherKey.Dispose();
        _folder.Delete(recursive: true);
    }
}
