using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests;

[TestFixture]
public sealed class CredentialTests
{
    private TestServer _server = null!; // Set before each test.
    private TestSigner _signer = null!; // Set before each test.

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = await TestServer.StartAsync();
        _signer = await TestSigner.CreateAsync(_server);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Register_KnownCredentialOrKey_IsAConflictAndChangesNothing()
    {
        string id = await _signer.AddCredentialAsync(pin: true);

        Assert.That(await TryAsync(c => c with { CredentialId = id, Pin = false, Otp = true }), Is.EqualTo("409 conflict"));
        Assert.That(await TryAsync(c => c with { CredentialId = id, KeyId = TestSigner.KeyOf(id) }), Is.EqualTo("409 conflict"));
        Assert.That(await TryAsync(c => c with { KeyId = TestSigner.KeyOf(id) }), Is.EqualTo("409 conflict"));
        Assert.That(
            await _server.Ssa.TryApproveAsync(new TransactionRequest(_signer.Token, id, 1)), Is.EqualTo("400 pin_missing"));
    }

    [Test]
    public async Task Register_UnknownSigner_IsNotFound() =>
        Assert.That(await TryAsync(c => c with { Signer = "nobody" }), Is.EqualTo("404 not_found"));

    [Test]
    public async Task Register_ExplicitWithoutFactor_IsRefused()
    {
        Assert.That(await TryAsync(c => c with { Pin = false, Otp = false }), Is.EqualTo("400 malformed"));
        Assert.That(await TryAsync(c => c with { Pin = false, Otp = false, AuthMode = "oauth2code" }), Is.EqualTo("201"));
    }

    [TestCase("0")]
    [TestCase("3")]
    [TestCase("")]
    public async Task Register_UnknownScal_IsRefused(string scal) =>
        Assert.That(await TryAsync(c => c with { Scal = scal }), Is.EqualTo("400 malformed"));

    [TestCase("implicit")]
    [TestCase("Explicit")]
    [TestCase("")]
    public async Task Register_UnknownMode_IsRefused(string mode) =>
        Assert.That(await TryAsync(c => c with { AuthMode = mode }), Is.EqualTo("400 malformed"));

    [TestCase(-1, "400 malformed")]
    [TestCase(0, "400 malformed")]
    [TestCase(1, "201")]
    [TestCase(1000, "201")]
    [TestCase(1001, "400 malformed")]
    public async Task Register_Multisign_IsWithinItsBounds(int multisign, string answer) =>
        Assert.That(await TryAsync(c => c with { Multisign = multisign }), Is.EqualTo(answer));

    [TestCase("")]
    [TestCase("with space")]
    [TestCase("nul\0")]
    [TestCase("line\n")]
    [TestCase("\u00e4")]
    public async Task Register_IdThatIsNone_IsRefused(string id)
    {
        Assert.That(await TryAsync(c => c with { CredentialId = id }), Is.EqualTo("400 malformed"));
        Assert.That(await TryAsync(c => c with { KeyId = id }), Is.EqualTo("400 malformed"));
        Assert.That(await TryAsync(c => c with { Signer = id }), Is.EqualTo("400 malformed"));
    }

    private Task<string> TryAsync(Func<CredentialRegistration, CredentialRegistration> change)
    {
        string id = $"credential-{Guid.NewGuid():N}";
        return _server.Ssa.TryRegisterAsync(
            change(new CredentialRegistration(id, TestSigner.KeyOf(id), _signer.Id, "1", "explicit", true, false, 10)));
    }
}
