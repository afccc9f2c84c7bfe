using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Csc;
using RemoteSigning.Server.Applications;
using RemoteSigning.Server.Credentials;

namespace RemoteSigning.Server.Csc;

/// <summary>A credential with what a caller wants to know of it: all that the versions of <c>credentials/info</c> have in common.</summary>
/// <param name="WithFactors">Whether to tell which factors it demands.</param>
/// <param name="CodesGoTo">Where one-time codes are sent, masked; null when they are not sent.</param>
internal sealed record CredentialView(
    Credential Credential, CredentialKey Key, CredentialCertificate Certificate, bool WithFactors, string? CodesGoTo)
{
    public static CredentialView Of(Credential credential, Caller caller, CredentialWishes wishes, DateTimeOffset now) => new(
        credential,
        new CredentialKey(
            credential.Enabled ? "enabled" : "disabled", credential.Key.AlgorithmOids, credential.Key.Bits, credential.Key.CurveOid),
        Describe(credential, wishes, now),
        wishes.AuthInfo && credential.IsExplicit,
        credential.OtpChannel switch
        {
            null => null,
            OtpChannels.Sms => caller.MaskedPhoneNumber ?? "",
            _ => caller.MaskedEmail ?? "",
        });

    private static CredentialCertificate Describe(Credential credential, CredentialWishes wishes, DateTimeOffset now)
    {
        IReadOnlyList<string>? encoded = wishes.Certificates switch
        {
            "none" => null,
            "single" => [Convert.ToBase64String(credential.Certificate)],
            _ => [Convert.ToBase64String(credential.Certificate), .. credential.Issuers.Select(Convert.ToBase64String)],
        };
        string status = credential.IsExpired(now) ? "expired" : "valid";
        if (!wishes.CertInfo)
        {
            return new CredentialCertificate(status, encoded, null, null, null, null, null);
        }

        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(credential.Certificate);
        return new CredentialCertificate(
            status,
            encoded,
            DistinguishedName.Format(certificate.IssuerName),
            certificate.SerialNumber,
            DistinguishedName.Format(certificate.SubjectName),
            Time(credential.NotBefore),
            Time(credential.NotAfter));
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMddHHmmss'Z'", CultureInfo.InvariantCulture);
}
