using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using RemoteSigning.Authorization.Storage;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests;

[TestFixture]
public sealed class TransactionTests
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
    public async Task Approve_PinCredential_GivesASad()
    {
        string credential = await _signer.AddCredentialAsync();

        Transaction transaction = await _server.Ssa.ApproveAsync(Request(credential));

        Assert.That(transaction.Sad, Has.Length.EqualTo(43));
        Assert.That(transaction.ExpiresIn, Is.EqualTo(300));
    }

    [Test]
    public async Task Approve_WithoutAFactorOfTheRegistration_NamesTheFirst()
    {
        string credential = await _signer.AddCredentialAsync(pin: true, otp: true);

        Assert.That(await TryAsync(credential, r => r with { Pin = null }), Is.EqualTo("400 pin_missing"));
        Assert.That(await TryAsync(credential, r => r with { Pin = "" }), Is.EqualTo("400 pin_missing"));
        Assert.That(await TryAsync(credential, r => r), Is.EqualTo("400 otp_missing"));
    }

    [Test]
    public async Task Approve_AnotherSignersCredential_IsAnsweredAsAnUnknownOne()
    {
        TestSigner other = await TestSigner.CreateAsync(_server);
        string credential = await other.AddCredentialAsync();

        Assert.That(await TryAsync(credential, r => r), Is.EqualTo("400 credential_unknown"));
        Assert.That(await TryAsync("no-such", r => r), Is.EqualTo("400 credential_unknown"));
        Assert.That(await TryAsync("nul\0", r => r), Is.EqualTo("400 credential_unknown"));
        Assert.That(await TryAsync("", r => r), Is.EqualTo("400 credential_unknown"));
    }

    [Test]
    public async Task Approve_CredentialOfAnotherSsa_IsUnknown()
    {
        string credential = await _signer.AddCredentialAsync();
        Session session = await _server.OtherSsa.SignInAsync(_signer.Account.Email, _signer.Password);

        Assert.That(
            await _server.OtherSsa.TryApproveAsync(Request(credential) with { AccessToken = session.AccessToken }),
            Is.EqualTo("400 credential_unknown"));
    }

    [Test]
    public async Task Approve_WithoutALiveToken_IsRefused()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);
        string credential = await signer.AddCredentialAsync();
        TransactionRequest request = Request(credential) with { AccessToken = signer.Token };

        Assert.That(await _server.Ssa.TryApproveAsync(request with { AccessToken = "none" }), Is.EqualTo("401 token_invalid"));
        Assert.That(await _server.OtherSsa.TryApproveAsync(request), Is.EqualTo("401 token_invalid"));
        await _server.Ssa.TryRevokeAsync(signer.Token, signer.Token);
        Assert.That(await _server.Ssa.TryApproveAsync(request), Is.EqualTo("401 token_invalid"));
    }

    [Test]
    public async Task Approve_OAuthCredential_IsNotAllowed()
    {
        string credential = await _signer.AddCredentialAsync(authMode: "oauth2code");

        Assert.That(await TryAsync(credential, r => r), Is.EqualTo("403 not_allowed"));
    }

    [TestCase(-1, "400 malformed")]
    [TestCase(0, "400 malformed")]
    [TestCase(1, "201")]
    [TestCase(3, "201")]
    [TestCase(4, "400 count_too_high")]
    public async Task Approve_Count_IsWithinMultisign(int count, string answer)
    {
        string credential = await _signer.AddCredentialAsync(multisign: 3);

        Assert.That(await TryAsync(credential, r => r with { NumSignatures = count }), Is.EqualTo(answer));
    }

    [Test]
    public async Task Approve_Scal2_NeedsTheHashOfEachSignature()
    {
        string credential = await _signer.AddCredentialAsync(scal: "2");
        byte[] hash = Hash(32);

        Assert.That(await TryAsync(credential, r => r), Is.EqualTo("400 hash_missing"));
        Assert.That(await TryAsync(credential, r => r with { Hashes = [] }), Is.EqualTo("400 hash_missing"));
        Assert.That(await TryAsync(credential, r => r with { NumSignatures = 2, Hashes = [hash] }), Is.EqualTo("400 hash_missing"));
        Assert.That(await TryAsync(credential, r => r with { Hashes = [hash, hash] }), Is.EqualTo("400 count_too_high"));
        Assert.That(await TryAsync(credential, r => r with { NumSignatures = 2, Hashes = [hash, hash] }), Is.EqualTo("201"));
    }

    [TestCase(32, null, "201")]
    [TestCase(48, null, "201")]
    [TestCase(64, null, "201")]
    [TestCase(20, null, "400 digest_length")]
    [TestCase(31, null, "400 digest_length")]
    [TestCase(0, null, "400 digest_length")]
    [TestCase(32, Oids.Sha256, "201")]
    [TestCase(48, Oids.Sha256, "400 digest_length")]
    [TestCase(20, Oids.Sha1, "400 algorithm_unsupported")]
    [TestCase(32, "1.2.3", "400 algorithm_unsupported")]
    [TestCase(32, "", "400 algorithm_unsupported")]
    public async Task Approve_Scal2_TakesDigestsOfTheirLengthOnly(int length, string? algorithm, string answer)
    {
        string credential = await _signer.AddCredentialAsync(scal: "2");

        Assert.That(
            await TryAsync(credential, r => r with { Hashes = [Hash(length)], HashAlgorithm = algorithm }), Is.EqualTo(answer));
    }

    [Test]
    public async Task Approve_RefusedRequest_LooksAtNoFactor()
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);
        string credential = await signer.AddCredentialAsync(scal: "2", multisign: 1);
        TransactionRequest request = Request(credential) with { AccessToken = signer.Token, Pin = TestSigner.WrongPin };
        for (int i = 0; i < 6; i++)
        {
            Assert.That(await _server.Ssa.TryApproveAsync(request), Is.EqualTo("400 hash_missing"));
            Assert.That(await _server.Ssa.TryApproveAsync(request with { NumSignatures = 2 }), Is.EqualTo("400 count_too_high"));
        }

        Assert.That(await _server.Ssa.TryVerifyPinAsync(signer.Token, signer.Pin), Is.EqualTo("204"));
    }

    [TestCase("Lease 7", "Lease 7")]
    [TestCase(null, "")]
    [TestCase("a\nb\r\u0000\u001bc\u0085\u2028\u2029", "abc")]
    [TestCase("pay \u202e001\u202c \u2066x\u2069\u200f\u061c", "pay 001 x")]
    [TestCase("\ufeffzero\u200bwidth\u00ad", "zerowidth")]
    [TestCase("\U0001F600\U000E0041", "\U0001F600")]
    public async Task Approve_Description_IsKeptWithoutWhatMisleads(string? given, string kept)
    {
        string credential = await _signer.AddCredentialAsync();
        await _server.Ssa.ApproveAsync(Request(credential) with { Description = given });

        Assert.That((await RowAsync(credential)).Description, Is.EqualTo(kept));
    }

    [Test]
    public async Task Approve_LongDescription_IsCutBetweenCharacters()
    {
        string credential = await _signer.AddCredentialAsync();
        await _server.Ssa.ApproveAsync(Request(credential) with { Description = new string('x', 499) + "\U0001F600" });

        Assert.That((await RowAsync(credential)).Description, Is.EqualTo(new string('x', 499)));
    }

    [TestCase(true, false, "low", "pwd pin")]
    [TestCase(false, true, "substantial", "pwd otp")]
    [TestCase(true, true, "substantial", "pwd pin otp")]
    public async Task Approve_Factors_AreRecorded(bool pin, bool otp, string acr, string amr)
    {
        TestSigner signer = await TestSigner.CreateAsync(_server);
        string credential = await signer.AddCredentialAsync(pin: pin, otp: otp);
        await _server.Ssa.ApproveAsync(Request(credential) with { AccessToken = signer.Token, Otp = signer.Code() });

        TransactionRow row = await RowAsync(credential);
        Assert.That((row.Acr, row.Amr), Is.EqualTo((acr, amr)));
    }

    private static byte[] Hash(int length) => RandomNumberGenerator.GetBytes(length);

    private TransactionRequest Request(string credential) => new(_signer.Token, credential, 1, Pin: _signer.Pin);

    private Task<string> TryAsync(string credential, Func<TransactionRequest, TransactionRequest> change) =>
        _server.Ssa.TryApproveAsync(change(Request(credential)));

    private async Task<TransactionRow> RowAsync(string credential)
    {
        await using AuthorizationDatabase database = await _server.OpenDatabaseAsync();
        return await database.Transactions.SingleAsync(t => t.CredentialId == credential);
    }
}
