using System.Buffers.Text;
using System.Text.Json;
using NUnit.Framework;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests.Contract;

/// <summary>SADs for the SAM, and what devices approve for them.</summary>
public abstract partial class AuthorizationContract
{
    private static readonly (string Name, Func<ActivationRequest, ActivationRequest> Change, string Answer)[] Activations =
    [
        ("token", r => r with { AccessToken = "unknown" }, "401 token_invalid"),
        ("SAD", r => r with { Sad = "unknown" }, "400 sad_invalid"),
        ("credential", r => r with { CredentialId = "unknown" }, "400 sad_invalid"),
        ("node", r => r with { Node = "unknown" }, "400 sad_wrong_node"),
        ("epoch", r => r with { Epoch = "e" }, "400 malformed"),
        ("no entry", r => r with { Entries = [] }, "400 malformed"),
        ("algorithm", r => r with { Entries = [new ActivationEntry("1.2.3", null, Digest())] }, "400 algorithm_unsupported"),
        ("SHA-1", r => r with { Entries = [new ActivationEntry(Oids.Sha1WithRsa, null, new byte[20])] }, "400 algorithm_unsupported"),
        ("digest", r => With(r, new byte[31]), "400 digest_length"),
        ("more", r => With(r, 3), "400 count_too_high"),
        ("approval without devices", r => r with { Approval = "any" }, "400 content_unknown"),
    ];

    [Test]
    public async Task Activate_Approved_MintsTheSad()
    {
        string credential = await AddCredentialAsync(otp: true);
        Transaction transaction = await Ssa.ApproveAsync(Ask(credential, 2) with { Otp = _subject.Otp(_signer), Description = "Two texts" });
        ActivationRequest request = With(Activation(credential, transaction.Sad), 2);

        Activation activation = await Ssa.ActivateAsync(request);

        SadClaims claims = ReadSad(activation);
        long now = _subject.Clock.GetUtcNow().ToUnixTimeSeconds();
        string set = Base64Url.EncodeToString(ActivationSet.Digest(request.Entries));
        ActivationContent content = JsonSerializer.Deserialize(claims.Content, ActivationJson.Default.ActivationContent)!;
        Assert.Multiple(() =>
        {
            Assert.That(
                (claims.Iss, claims.Aud, claims.Epoch, claims.Jti, claims.Iat, claims.Exp, claims.Acr),
                Is.EqualTo((_subject.Issuer, _subject.Node, Epoch, activation.Jti, now, now + 45, AssuranceLevel.Substantial)));
            Assert.That(claims.Amr, Is.EqualTo(new[] { "pwd", "pin", "otp" }));
            Assert.That(content with { Transaction = "" }, Is.EqualTo(new ActivationContent(
                ActivationContent.CurrentVersion,
                _subject.Node,
                Epoch,
                "",
                _signer.Signer,
                ContractSigner.KeyOf(credential),
                2,
                set,
                TokenState.DirectClient,
                Base64Url.EncodeToString(ActivationDisplay.Digest(TokenState.DirectClient, "Two texts", 2, set)),
                now + 45)));
        });
    }

    [Test]
    public async Task Activate_WhatWasNotApproved_IsRefusedAndTakesNothing()
    {
        ActivationRequest right = await ApproveAsync(2);
        string elsewhere = (await Ssa.SignInAsync(_signer.Email, _signer.Password, client: "app-1")).AccessToken;
        foreach ((string name, Func<ActivationRequest, ActivationRequest> change, string answer) in Activations)
        {
            Assert.That(await Ssa.TryActivateAsync(change(right)), Is.EqualTo(answer), name);
        }

        Assert.That(await Ssa.TryActivateAsync(right with { CredentialId = await AddCredentialAsync() }), Is.EqualTo("400 sad_invalid"));
        Assert.That(await Ssa.TryActivateAsync(right with { AccessToken = elsewhere }), Is.EqualTo("400 sad_invalid"));
        Assert.That(await Ssa.TryActivateAsync(With(right, 2)), Is.EqualTo("201"));
        Assert.That(await Ssa.TryActivateAsync(right), Is.EqualTo("400 sad_invalid"), "used up");
    }

    [Test]
    public async Task Activate_Scal2_TakesEachHashOnce()
    {
        byte[] twice = Digest();
        byte[] once = Digest();
        ActivationRequest request = await ApproveAsync(3, twice, twice, once);

        Assert.That(await Ssa.TryActivateAsync(With(request, Digest())), Is.EqualTo("400 hash_not_authorized"));
        Assert.That(await Ssa.TryActivateAsync(With(request, once, once)), Is.EqualTo("400 hash_not_authorized"));
        Assert.That(await Ssa.TryActivateAsync(With(request, twice, once)), Is.EqualTo("201"));
        Assert.That(await Ssa.TryActivateAsync(With(request, once)), Is.EqualTo("400 hash_not_authorized"));
        Assert.That(await Ssa.TryActivateAsync(With(request, twice)), Is.EqualTo("201"));
        Assert.That(await Ssa.TryActivateAsync(With(request, twice)), Is.EqualTo("400 sad_invalid"));
    }

    [Test]
    public async Task Activate_Scal2_KeepsToTheNamedHashAlgorithm()
    {
        string credential = await AddCredentialAsync("2");
        byte[] hash = Digest();
        Transaction transaction = await Ssa.ApproveAsync(Ask(credential, 1, hash) with { HashAlgorithm = Oids.Sha256 });
        ActivationRequest request = Activation(credential, transaction.Sad, hash);

        Assert.That(
            await Ssa.TryActivateAsync(request with { Entries = [new ActivationEntry(Oids.Sha384WithRsa, null, new byte[48])] }),
            Is.EqualTo("400 hash_not_authorized"));
        Assert.That(await Ssa.TryActivateAsync(request), Is.EqualTo("201"));
    }

    [Test]
    public async Task Approval_OfADevice_GivesSadsOverItsContent()
    {
        ActivationRequest request = await ApproveForDeviceAsync(1);
        Assert.That(await Ssa.TryActivateAsync(request), Is.EqualTo("400 device_missing"));

        ApprovalContent approval = await Ssa.PrepareAsync(request);

        Assert.That(await Ssa.TryPrepareAsync(request), Is.EqualTo("400 sad_invalid"), "the unit is taken");
        Assert.That(await Ssa.TryActivateAsync(request), Is.EqualTo("400 sad_invalid"));
        ActivationRequest approved = request with { Approval = approval.Approval };
        for (int i = 0; i < 5; i++)
        {
            Assert.That(ReadSad(await Ssa.ActivateAsync(approved)).Content, Is.EqualTo(approval.Content));
        }

        ActivationContent content = JsonSerializer.Deserialize(approval.Content, ActivationJson.Default.ActivationContent)!;
        Assert.That(content.Transaction, Does.EndWith($".{approval.Approval}"));
        Assert.That(approval.ExpiresIn, Is.EqualTo(300), "with its transaction");
        Assert.That(content.NotAfter, Is.EqualTo(_subject.Clock.GetUtcNow().ToUnixTimeSeconds() + 300));
        Assert.That(await Ssa.TryActivateAsync(approved), Is.EqualTo("400 content_expired"), "five were minted");
        _subject.Clock.Advance(TimeSpan.FromSeconds(300));
        Assert.That(await Ssa.TryActivateAsync(approved), Is.EqualTo("400 sad_expired"));
    }

    [Test]
    public async Task Approval_OfSomethingElse_IsRefused()
    {
        ActivationRequest request = await ApproveForDeviceAsync(3);
        ActivationRequest right = request with { Approval = (await Ssa.PrepareAsync(request)).Approval };
        ActivationRequest other = await ApproveForDeviceAsync(1);
        ActivationRequest plain = await ApproveAsync();

        Assert.That(await Ssa.TryActivateAsync(right with { Entries = [Entry()] }), Is.EqualTo("400 content_unknown"));
        Assert.That(await Ssa.TryActivateAsync(right with { Node = _subject.OtherNode }), Is.EqualTo("400 content_unknown"));
        Assert.That(await Ssa.TryActivateAsync(right with { Epoch = new string('f', 32) }), Is.EqualTo("400 content_unknown"));
        Assert.That(await Ssa.TryActivateAsync(right with { Approval = "unknown" }), Is.EqualTo("400 content_unknown"));
        Assert.That(await Ssa.TryActivateAsync(other with { Approval = right.Approval, Entries = right.Entries }), Is.EqualTo("400 content_unknown"));
        Assert.That(await Ssa.TryPrepareAsync(right), Is.EqualTo("400 malformed"));
        Assert.That(await Ssa.TryPrepareAsync(plain), Is.EqualTo("403 not_allowed"));
        Assert.That(await Ssa.TryPrepareAsync(With(request, 3)), Is.EqualTo("400 count_too_high"));
        Assert.That(await Ssa.TryPrepareAsync(request with { Node = "unknown" }), Is.EqualTo("400 sad_wrong_node"));
        Assert.That(await Ssa.TryActivateAsync(right), Is.EqualTo("201"));
    }

    private async Task<ActivationRequest> ApproveForDeviceAsync(int count)
    {
        string credential = await _subject.AddDeviceCredentialAsync(_signer, _token);
        return Activation(credential, (await Ssa.ApproveAsync(Ask(credential, count))).Sad, Digest());
    }

    private SadClaims ReadSad(Activation activation)
    {
        Assert.That(CompactJws.TryRead(activation.SamSad, SadClaims.JwsType, out CompactJws? jws), Is.True);
        using (jws)
        {
            Assert.That(jws!.Verify(_subject.SadKey), Is.True);
            return JsonSerializer.Deserialize(jws.Payload, ActivationJson.Default.SadClaims)!;
        }
    }
}
