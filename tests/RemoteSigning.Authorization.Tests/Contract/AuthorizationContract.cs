using System.Security.Cryptography;
using NUnit.Framework;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests.Contract;

/// <summary>
/// What the signing server relies on from the authorization server. It holds for the real one, and for the fake one that the signing server's
/// tests use, so that what these show is true.
/// </summary>
public abstract partial class AuthorizationContract
{
    private static readonly string Epoch = new('e', 32);
    private static int s_signers;

    private IAuthorizationSubject _subject = null!; // Set before each test.
    private ContractSigner _signer = null!; // Set before each test.
    private string _token = "";

    private Api Ssa => _subject.Ssa;

    [OneTimeSetUp]
    public async Task StartAsync() => _subject = await NewSubjectAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _subject.DisposeAsync();

    [SetUp]
    public async Task SignInAsync()
    {
        _signer = await NewSignerAsync();
        _token = (await Ssa.SignInAsync(_signer.Email, _signer.Password)).AccessToken;
    }

    private protected abstract Task<IAuthorizationSubject> NewSubjectAsync();

    private static byte[] Digest() => RandomNumberGenerator.GetBytes(32);

    private static ActivationEntry Entry(byte[]? digest = null) => new(Oids.Sha256WithRsa, null, digest ?? Digest());

    private Task<ContractSigner> NewSignerAsync()
    {
        int number = Interlocked.Increment(ref s_signers);
        return _subject.AddSignerAsync($"contract{number}@example.com", $"correct horse {number}");
    }

    private CredentialRegistration NewCredential(string scal = "1", bool pin = true, bool otp = false, int multisign = 100)
    {
        string id = $"credential-{Guid.NewGuid():N}";
        return new CredentialRegistration(id, ContractSigner.KeyOf(id), _signer.Signer, scal, "explicit", pin, otp, multisign);
    }

    private async Task<string> AddCredentialAsync(
        string scal = "1", bool pin = true, bool otp = false, int multisign = 100, string authMode = "explicit")
    {
        CredentialRegistration credential = NewCredential(scal, pin, otp, multisign) with { AuthMode = authMode };
        Assert.That(await Ssa.TryRegisterAsync(credential), Is.EqualTo("201"));
        return credential.CredentialId;
    }

    private TransactionRequest Ask(string credential, int count = 1, params byte[][] hashes) =>
        new(_token, credential, count, hashes.Length == 0 ? null : hashes, Pin: ContractSigner.Pin);

    /// <summary>A transaction of this many signatures, or of these hashes at SCAL 2; the request that activates the first of them.</summary>
    private async Task<ActivationRequest> ApproveAsync(int count = 1, params byte[][] hashes)
    {
        string credential = await AddCredentialAsync(hashes.Length == 0 ? "1" : "2");
        Transaction transaction = await Ssa.ApproveAsync(Ask(credential, count, hashes));
        return Activation(credential, transaction.Sad, hashes.Length == 0 ? Digest() : hashes[0]);
    }

    private ActivationRequest Activation(string credential, string sad, params byte[][] digests) =>
        new(_token, sad, credential, _subject.Node, Epoch, [.. digests.Select(Entry)]);

    private static ActivationRequest With(ActivationRequest request, params byte[][] digests) =>
        request with { Entries = [.. digests.Select(Entry)] };

    private static ActivationRequest With(ActivationRequest request, int entries) =>
        With(request, [.. Enumerable.Range(0, entries).Select(_ => Digest())]);
}
