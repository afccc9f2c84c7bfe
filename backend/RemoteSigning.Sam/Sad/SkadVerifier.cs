using System.Buffers.Text;
using System.Security.Cryptography;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Activation;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Api;
using RemoteSigning.Sam.Devices;
using RemoteSigning.Sam.Keys;

namespace RemoteSigning.Sam.Sad;

/// <summary>Checks that the signer agreed to an assignment (SAM-22), in the order that docs/sam/device-keys.md lists.</summary>
internal sealed class SkadVerifier(AssertionVerifier assertions)
{
    /// <summary>Who says so, to whom, when, and how often.</summary>
    /// <param name="isDemanded">Whether the request is refused without a SKAD.</param>
    /// <returns>Null when there is none.</returns>
    public VerifiedSkad? Identify(SamRequest request, bool isDemanded)
    {
        if (!request.Http.Request.Headers.ContainsKey(SkadClaims.HeaderName) && !isDemanded && !request.Configuration.Static.RequireSkad)
        {
            return null;
        }

        string compact = request.Header(SkadClaims.HeaderName)
            ?? throw Refusals.Create(ProblemCodes.SkadMissing, "there is no single X-SAM-SKAD header");
        SkadClaims claims = AssertionVerifier.ReadClaims(
            compact, AssertionKind.Skad, request, StrictJson.Activation.SkadClaims, c => (c.Iss, c.Jti));
        AssignmentContent content = AssertionVerifier.ReadContent(
            claims.Content, AssertionKind.Skad, StrictJson.Activation.AssignmentContent);
        if (content.V != AssignmentContent.CurrentVersion || !IsDigest(content.TermsDigest))
        {
            throw Refusals.Create(ProblemCodes.SkadInvalid, "the content has an unknown version, or no digest of the terms");
        }

        var skad = new VerifiedSkad(claims, content);
        AssertionVerifier.CheckForm(skad);
        request.Draft.Add(skad);
        AssertionVerifier.CheckAddressee(skad, request);
        assertions.CheckLife(skad);
        return skad;
    }

    /// <summary>What was agreed to is what is asked for.</summary>
    public static void CheckRequest(VerifiedSkad skad, SealedKey key, AssignKeyPairRequest asked, SealedKey.KeyOwner owner)
    {
        AssignmentContent content = skad.Content;
        Check("key", content.KeyId == key.KeyId);
        Check("public key", content.PublicKeyDigest == Base64Url.EncodeToString(SHA256.HashData(key.PublicKeyInfo)));
        Check("signer", content.Signer == owner.Signer);
        Check("subject", content.Subject == asked.Subject);
        Check("purpose", content.Purpose == owner.Purpose);
        Check("policy", content.Policy == owner.Policy);
        IEnumerable<string> devices = (asked.Devices ?? []).Select(d => Base64Url.EncodeToString(d.Digest()));
        Check("device", skad.Claims.Devices.SequenceEqual(devices));
    }

    /// <summary>The devices that the signer registered for this assignment.</summary>
    public static IReadOnlyList<Device> CheckDevices(VerifiedSkad skad, IReadOnlyList<DeviceRegistration> registrations)
    {
        var party = RelyingParty.Create(skad.Content.RpId, skad.Content.Origins);
        List<Device> devices = [.. registrations.Select(r => DeviceVerifier.CheckRegistration(party, skad.Claims.Content, r))];
        return devices.DistinctBy(d => Convert.ToHexString(d.CredentialId)).Count() == devices.Count
            ? devices
            : throw DeviceRefusal.Because("one device is registered twice");
    }

    private static void Check(string what, bool isEqual)
    {
        if (!isEqual)
        {
            throw Refusals.Create(ProblemCodes.SkadWrongRequest, $"the SKAD is for another {what}");
        }
    }

    private static bool IsDigest(string text) =>
        Base64Url.IsValid(text, out int length) && length == SHA256.HashSizeInBytes;
}
