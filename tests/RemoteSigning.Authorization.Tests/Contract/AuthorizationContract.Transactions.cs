using NUnit.Framework;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Authorization.Tests.Contract;

/// <summary>Credentials, and the approval of signatures with them.</summary>
public abstract partial class AuthorizationContract
{
    private static readonly (string Name, Func<CredentialRegistration, CredentialRegistration> Change, string Answer)[] Registrations =
    [
        ("scal", c => c with { Scal = "3" }, "400 malformed"),
        ("mode", c => c with { AuthMode = "implicit" }, "400 malformed"),
        ("no factor", c => c with { Pin = false }, "400 malformed"),
        ("channel without code", c => c with { OtpChannel = OtpChannels.Email }, "400 malformed"),
        ("none", c => c with { Multisign = 0 }, "400 malformed"),
        ("too many", c => c with { Multisign = 1001 }, "400 malformed"),
        ("policy", c => c with { Policy = "other" }, "400 malformed"),
        ("signer", c => c with { Signer = "unknown" }, "404 not_found"),
        ("devices that nobody registered", c => c with { Policy = KeyPolicies.Device }, "409 conflict"),
    ];

    private static readonly (string Name, string Scal, Func<TransactionRequest, TransactionRequest> Change, string Answer)[] Approvals =
    [
        ("token", "1", r => r with { AccessToken = "unknown" }, "401 token_invalid"),
        ("credential", "1", r => r with { CredentialId = "unknown" }, "400 credential_unknown"),
        ("count of none", "1", r => r with { NumSignatures = 0 }, "400 malformed"),
        ("count", "1", r => r with { NumSignatures = 4 }, "400 count_too_high"),
        ("no PIN", "1", r => r with { Pin = null }, "400 pin_missing"),
        ("empty PIN", "1", r => r with { Pin = "" }, "400 pin_missing"),
        ("wrong PIN", "1", r => r with { Pin = ContractSigner.WrongPin }, "400 pin_invalid"),
        ("no hash", "2", r => r with { Hashes = null }, "400 hash_missing"),
        ("no hash and no PIN", "2", r => r with { Hashes = null, Pin = null }, "400 hash_missing"),
        ("fewer hashes", "2", r => r with { NumSignatures = 2 }, "400 hash_missing"),
        ("more hashes", "2", r => r with { Hashes = [Digest(), Digest()] }, "400 count_too_high"),
        ("short hash", "2", r => r with { Hashes = [new byte[31]] }, "400 digest_length"),
        ("hash of another algorithm", "2", r => r with { HashAlgorithm = Oids.Sha384 }, "400 digest_length"),
        ("SHA-1", "2", r => r with { HashAlgorithm = Oids.Sha1, Hashes = [new byte[20]] }, "400 algorithm_unsupported"),
    ];

    [Test]
    public async Task Register_Again_IsAConflict()
    {
        CredentialRegistration credential = NewCredential();
        Assert.That(await Ssa.TryRegisterAsync(credential), Is.EqualTo("201"));

        Assert.That(await Ssa.TryRegisterAsync(credential), Is.EqualTo("409 conflict"));
        Assert.That(await Ssa.TryRegisterAsync(NewCredential() with { CredentialId = credential.CredentialId }), Is.EqualTo("409 conflict"));
        Assert.That(await Ssa.TryRegisterAsync(NewCredential() with { KeyId = credential.KeyId }), Is.EqualTo("409 conflict"));
    }

    [Test]
    public async Task Register_WhatCannotBe_IsRefused()
    {
        foreach ((string name, Func<CredentialRegistration, CredentialRegistration> change, string answer) in Registrations)
        {
            Assert.That(await Ssa.TryRegisterAsync(change(NewCredential())), Is.EqualTo(answer), name);
        }
    }

    [Test]
    public async Task Approve_Right_GivesASadForFiveMinutes()
    {
        Transaction transaction = await Ssa.ApproveAsync(Ask(await AddCredentialAsync("2"), 2, Digest(), Digest()));

        Assert.That(transaction.ExpiresIn, Is.EqualTo(300));
        Assert.That(transaction.Sad, Has.Length.EqualTo(43));
    }

    [Test]
    public async Task Approve_WhatIsNotAllowed_IsRefused()
    {
        string one = await AddCredentialAsync(multisign: 3);
        string two = await AddCredentialAsync("2", multisign: 3);
        foreach ((string name, string scal, Func<TransactionRequest, TransactionRequest> change, string answer) in Approvals)
        {
            TransactionRequest right = scal == "1" ? Ask(one) : Ask(two, 1, Digest());
            Assert.That(await Ssa.TryApproveAsync(change(right)), Is.EqualTo(answer), name);
            Assert.That(await Ssa.TryApproveAsync(right), Is.EqualTo("201"), name);
        }
    }

    [Test]
    public async Task Approve_OthersCredentialOrMode_IsRefused()
    {
        string own = await AddCredentialAsync();
        string oauth = await AddCredentialAsync(authMode: "oauth2code");
        ContractSigner other = await NewSignerAsync();
        string others = (await Ssa.SignInAsync(other.Email, other.Password)).AccessToken;

        Assert.That(await Ssa.TryApproveAsync(Ask(own) with { AccessToken = others }), Is.EqualTo("400 credential_unknown"));
        Assert.That(await Ssa.TryApproveAsync(Ask(oauth)), Is.EqualTo("403 not_allowed"));
    }

    [Test]
    public async Task Approve_OneTimePassword_IsCheckedAfterThePin()
    {
        TransactionRequest request = Ask(await AddCredentialAsync(otp: true));

        Assert.That(await Ssa.TryApproveAsync(request), Is.EqualTo("400 otp_missing"));
        Assert.That(await Ssa.TryApproveAsync(request with { Pin = null, Otp = null }), Is.EqualTo("400 pin_missing"));
        Assert.That(await Ssa.TryApproveAsync(request with { Pin = ContractSigner.WrongPin, Otp = "x" }), Is.EqualTo("400 pin_invalid"));
        Assert.That(await Ssa.TryApproveAsync(request with { Otp = "x" }), Is.EqualTo("400 otp_invalid"));
        Assert.That(await Ssa.TryApproveAsync(request with { Otp = _subject.Otp(_signer) }), Is.EqualTo("201"));
    }

    [Test]
    public async Task Approve_FiveWrongOneTimePasswords_LockIt()
    {
        TransactionRequest request = Ask(await AddCredentialAsync(pin: false, otp: true)) with { Pin = null };
        for (int i = 0; i < 5; i++)
        {
            Assert.That(await Ssa.TryApproveAsync(request with { Otp = "x" }), Is.EqualTo("400 otp_invalid"));
        }

        Assert.That(await Ssa.TryApproveAsync(request with { Otp = _subject.Otp(_signer) }), Is.EqualTo("400 otp_locked"));
        Assert.That(await Ssa.TryVerifyPinAsync(_token, ContractSigner.Pin), Is.EqualTo("204"), "a counter of its own");
    }

    [Test]
    public async Task Extend_LiveSad_IsReplaced()
    {
        ActivationRequest request = await ApproveAsync(2);
        Assert.That(await Ssa.TryActivateAsync(request), Is.EqualTo("201"));

        Transaction extended = await Ssa.ExtendAsync(new TransactionExtension(_token, request.Sad, request.CredentialId));

        Assert.That(extended.ExpiresIn, Is.EqualTo(300));
        Assert.That(await Ssa.TryActivateAsync(request), Is.EqualTo("400 sad_invalid"));
        request = request with { Sad = extended.Sad };
        Assert.That(await Ssa.TryActivateAsync(With(request, 2)), Is.EqualTo("400 count_too_high"), "one is left");
        Assert.That(await Ssa.TryActivateAsync(request), Is.EqualTo("201"));
        Assert.That(
            await Ssa.TryExtendAsync(new TransactionExtension(_token, extended.Sad, request.CredentialId)), Is.EqualTo("400 sad_invalid"), "none is left");
    }

    [Test]
    public async Task Extend_OfAnotherOrLate_IsRefused()
    {
        ActivationRequest request = await ApproveAsync(2);
        var right = new TransactionExtension(_token, request.Sad, request.CredentialId);
        string elsewhere = (await Ssa.SignInAsync(_signer.Email, _signer.Password, client: "app-1")).AccessToken;

        Assert.That(await Ssa.TryExtendAsync(right with { Sad = "unknown" }), Is.EqualTo("400 sad_invalid"));
        Assert.That(await Ssa.TryExtendAsync(right with { CredentialId = await AddCredentialAsync() }), Is.EqualTo("400 sad_invalid"));
        Assert.That(await Ssa.TryExtendAsync(right with { CredentialId = "unknown" }), Is.EqualTo("400 sad_invalid"));
        Assert.That(await Ssa.TryExtendAsync(right with { AccessToken = elsewhere }), Is.EqualTo("400 sad_invalid"));
        Assert.That(await Ssa.TryExtendAsync(right with { AccessToken = "unknown" }), Is.EqualTo("401 token_invalid"));
        _subject.Clock.Advance(TimeSpan.FromSeconds(200));
        right = right with { Sad = (await Ssa.ExtendAsync(right)).Sad };
        _subject.Clock.Advance(TimeSpan.FromSeconds(299));
        Assert.That(await Ssa.TryActivateAsync(request with { Sad = right.Sad }), Is.EqualTo("201"));
        _subject.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await Ssa.TryExtendAsync(right), Is.EqualTo("400 sad_expired"));
        Assert.That(await Ssa.TryActivateAsync(request with { Sad = right.Sad }), Is.EqualTo("400 sad_expired"));
    }

    [Test]
    public async Task Extend_Scal2_NeedsHashesThatAreLeft()
    {
        byte[] first = Digest();
        byte[] second = Digest();
        ActivationRequest request = await ApproveAsync(2, first, second);
        Assert.That(await Ssa.TryActivateAsync(request), Is.EqualTo("201"));
        var right = new TransactionExtension(_token, request.Sad, request.CredentialId, [second]);

        Assert.That(await Ssa.TryExtendAsync(right with { Hashes = null }), Is.EqualTo("400 hash_missing"));
        Assert.That(await Ssa.TryExtendAsync(right with { Hashes = [] }), Is.EqualTo("400 hash_missing"));
        Assert.That(await Ssa.TryExtendAsync(right with { Hashes = [first] }), Is.EqualTo("400 hash_not_authorized"));
        Assert.That(await Ssa.TryExtendAsync(right with { Hashes = [new byte[31]] }), Is.EqualTo("400 digest_length"));
        Assert.That(await Ssa.TryExtendAsync(right with { HashAlgorithm = Oids.Sha384 }), Is.EqualTo("400 digest_length"));
        Assert.That(await Ssa.TryExtendAsync(right), Is.EqualTo("201"));
    }
}
