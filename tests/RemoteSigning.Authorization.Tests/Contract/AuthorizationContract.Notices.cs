using NUnit.Framework;
using RemoteSigning.Contracts.Authorization;

namespace RemoteSigning.Authorization.Tests.Contract;

/// <summary>Telling a signer that an approval waits.</summary>
public abstract partial class AuthorizationContract
{
    [Test]
    public async Task TellOfApproval_CredentialWithDevices_IsTakenAndOthersAreRefused()
    {
        var request = new ApprovalNoticeRequest(_token, await _subject.AddDeviceCredentialAsync(_signer, _token), 1);
        string plain = await AddCredentialAsync();

        Assert.That(await Ssa.TryTellOfApprovalAsync(request), Is.EqualTo("200"));
        Assert.That(await Ssa.TryTellOfApprovalAsync(request with { AccessToken = "unknown" }), Is.EqualTo("401 token_invalid"));
        Assert.That(await Ssa.TryTellOfApprovalAsync(request with { CredentialId = "unknown" }), Is.EqualTo("400 credential_unknown"));
        Assert.That(await Ssa.TryTellOfApprovalAsync(request with { CredentialId = plain }), Is.EqualTo("403 not_allowed"));
        Assert.That(await Ssa.TryTellOfApprovalAsync(request with { NumSignatures = 0 }), Is.EqualTo("400 malformed"));
        Assert.That(await Ssa.TryTellOfApprovalAsync(request with { NumSignatures = 1001 }), Is.EqualTo("400 malformed"));
    }
}
