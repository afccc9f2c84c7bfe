using System.Buffers.Text;
using System.Diagnostics;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Hosting;
using RemoteSigning.Sam.Api;
using RemoteSigning.Sam.Configuration;
using RemoteSigning.Sam.Devices;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Sad;

/// <summary>
/// Checks 1 to 5 of a signature request, in the order that docs/sam/signature.md lists; the first that fails is the
/// reason in the audit record. Check 6, the reservation, belongs to <see cref="EpochKeeper"/>.
/// </summary>
internal sealed class SadVerifier(AssertionVerifier assertions, TimeProvider clock)
{
    /// <summary>A device's approval is for use at once: this bounds how long it is remembered, too.</summary>
    private static readonly TimeSpan LongestApproval = TimeSpan.FromMinutes(15);

    /// <summary>Check 1 and the first half of check 2: who says so, and to whom. A SAD that passes is ours to spend.</summary>
    public static VerifiedSad Identify(string compact, SamRequest request)
    {
        using Activity? span = Tracing.Source.StartActivity("sad.identify");
        SadClaims claims = AssertionVerifier.ReadClaims(
            compact, AssertionKind.Sad, request, StrictJson.Activation.SadClaims, c => (c.Iss, c.Jti));
        ActivationContent content = AssertionVerifier.ReadContent(
            claims.Content, AssertionKind.Sad, StrictJson.Activation.ActivationContent);
        if (content.V != ActivationContent.CurrentVersion)
        {
            throw Refusals.Create(ProblemCodes.SadInvalid, "the content has an unknown version");
        }

        var sad = new VerifiedSad(claims, content);
        AssertionVerifier.CheckForm(sad);
        request.Draft.Add(sad);
        AssertionVerifier.CheckAddressee(sad, request);
        return sad;
    }

    /// <summary>The rest of check 2, and check 3: when, how often, and how sure of the signer.</summary>
    public void CheckLifeAndAssurance(VerifiedSad sad, Registry registry)
    {
        assertions.CheckLife(sad);
        if (!AssuranceLevel.Satisfies(sad.Claims.Acr, registry.MinimumAcr))
        {
            throw Refusals.Create(ProblemCodes.AssuranceTooLow, $"acr {sad.Claims.Acr} is below {registry.MinimumAcr}");
        }
    }

    /// <summary>Check 4, the part that nobody but the signer's device can answer.</summary>
    /// <returns>What the device approved; null for a key whose policy demands none.</returns>
    public DeviceApproved? CheckDevice(VerifiedSad sad, SealedKey.KeyOwner owner, DeviceApproval? approval, AuditDraft draft)
    {
        if (owner.Policy == KeyPolicies.Delegated)
        {
            return approval is null ? null : throw DeviceRefusal.Because("the key has no device that could approve");
        }

        Device device = DeviceVerifier.CheckApproval(owner.Devices, sad.Claims.Content, approval);
        draft.AddDevices([device]);
        DateTimeOffset end = DateTimeOffset.FromUnixTimeSeconds(sad.NotAfter);
        return end <= clock.GetUtcNow() + LongestApproval
            ? new DeviceApproved(sad.Content.KeyId, sad.Content.Transaction, end)
            : throw DeviceRefusal.Because("the approval is good for more than 15 minutes");
    }

    /// <summary>Check 4, the part that ties the SAD to the signer and the key of the request.</summary>
    public static void CheckSignerAndKey(VerifiedSad sad, Signer signer, SealedKey key)
    {
        if (sad.Content.Signer != signer.Id)
        {
            throw Refusals.Create(ProblemCodes.SadWrongSigner, "the SAD is for another signer");
        }

        if (sad.Content.KeyId != key.KeyId)
        {
            throw Refusals.Create(ProblemCodes.SadWrongKey, "the SAD is for another key");
        }
    }

    /// <summary>Check 5: exactly the approved things, each as often as approved.</summary>
    public static void CheckSet(VerifiedSad sad, IReadOnlyList<ActivationEntry> entries)
    {
        if (sad.Content.Count != entries.Count)
        {
            throw Refusals.Create(ProblemCodes.SadWrongSet, $"{entries.Count} asked, {sad.Content.Count} approved");
        }

        string digest = Base64Url.EncodeToString(ActivationSet.Digest(entries));
        if (sad.Content.SetDigest != digest)
        {
            throw Refusals.Create(ProblemCodes.SadWrongSet, $"the set {digest} is not the approved one");
        }
    }
}
