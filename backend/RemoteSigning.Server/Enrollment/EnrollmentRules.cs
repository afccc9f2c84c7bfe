using System.Security.Cryptography;
using System.Text.RegularExpressions;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Enrollment;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Server.Credentials;

namespace RemoteSigning.Server.Enrollment;

/// <summary>What an operator may ask for.</summary>
internal static partial class EnrollmentRules
{
    /// <summary>Of one signer, unfinished ones too: v2's credentials/list has no pages, and tells all of them at once.</summary>
    public const int MostCredentials = 1000;

    private const int LongestCommonName = 64;

    private static readonly string[] Curves =
        ["secp256r1", "prime256v1", "secp384r1", "prime384v1", "secp521r1", "prime521v1"];

    public static void Check(SignerRequest request)
    {
        Demand(Id().IsMatch(request.Signer), "The signer's id must be the one that the authorization server gave.");
        Demand(request.Email.Length <= 254 && Mailbox().IsMatch(request.Email), "The e-mail address is not one.");
        Demand(
            DistinguishedName.IsPlain(request.GivenName)
                && DistinguishedName.IsPlain(request.FamilyName)
                && request.GivenName.Length + 1 + request.FamilyName.Length <= LongestCommonName,
            "The names must have 1 to 63 characters together, without control characters and any of , + \" \\ < > ; = #");
    }

    public static void Check(CredentialRequest request)
    {
        Demand(
            request.Label.Length is > 0 and <= 255 && !request.Label.Any(char.IsControl),
            "The label must have 1 to 255 characters, without control characters.");
        Demand(IsTemplate(request.KeyTemplate), "The key must be RSA of 2048, 3072 or 4096 bits, or ECDSA on P-256, P-384 or P-521.");
        Demand(
            request.Purpose is KeyPurposes.Signature or KeyPurposes.Authentication,
            $"The purpose must be {KeyPurposes.Signature} or {KeyPurposes.Authentication}.");
        Demand(request.Scal is "1" or "2", "The SCAL must be 1 or 2.");
        Demand(request.AuthMode is "explicit" or "oauth2code", "The mode of authorization must be explicit or oauth2code.");
        Demand(request.AuthMode != "explicit" || request.Pin || request.Otp, "Explicit authorization demands a PIN, a one-time code, or both.");
        Demand(
            request.OtpChannel is null || (request.Otp && (request.OtpChannel is OtpChannels.Email or OtpChannels.Sms)),
            $"One-time codes are sent by {OtpChannels.Email} or {OtpChannels.Sms}, for credentials that demand one.");
        Demand(
            request.Policy is KeyPolicies.Delegated or KeyPolicies.Device,
            $"The policy must be {KeyPolicies.Delegated} or {KeyPolicies.Device}.");
        Demand(
            request.TermsDigest is null ? request.Policy != KeyPolicies.Device : request.TermsDigest.Length == SHA256.HashSizeInBytes,
            "The terms are told by their SHA-256; policy device needs it.");
        Demand(request.MaxDevices is >= 1 and <= DeviceEnrollment.MostDevices, "A signer may register 1 to 3 devices for a key.");
        Demand(request.Multisign is >= 1 and <= 1000, "A transaction may have 1 to 1,000 signatures.");
    }

    private static bool IsTemplate(KeyTemplate template) => template switch
    {
        { Algorithm: "RSA", Size: 2048 or 3072 or 4096, NamedCurve: null } => true,
        { Algorithm: "ECDSA", Size: null, NamedCurve: { } curve } => Curves.Contains(curve),
        _ => false,
    };

    private static void Demand(bool holds, string sentence)
    {
        if (!holds)
        {
            throw new ProblemException(Problem.InvalidRequest, ProblemCodes.Malformed, sentence);
        }
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex Id();

    [GeneratedRegex(@"\A[\x21-\x3f\x41-\x7e]{1,64}@[A-Za-z0-9.-]{1,189}\z")]
    private static partial Regex Mailbox();
}
