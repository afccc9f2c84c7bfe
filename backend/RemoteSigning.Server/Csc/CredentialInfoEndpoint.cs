using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Csc;
using RemoteSigning.Server.Credentials;
using RemoteSigning.Server.Peers;

namespace RemoteSigning.Server.Csc;

/// <summary>CSC v1 <c>credentials/info</c> (CSC API 1.0.4.0, 11.5).</summary>
internal static class CredentialInfoEndpoint
{
    public static async Task<IResult> HandleAsync(
        HttpContext context, AuthorizationClient authorization, CredentialStore credentials, TimeProvider clock, CancellationToken cancel)
    {
        string accessToken = Bearer.Read(context);
        CscRequest request = await CscRequest.ReadAsync(context, cancel);
        string id = request.RequiredString("credentialID");
        string certificates = request.OptionalString("certificates") ?? "single";
        bool certInfo = request.OptionalBoolean("certInfo", absent: false);
        bool authInfo = request.OptionalBoolean("authInfo", absent: false);
        request.CheckIgnored("lang", "clientData");
        if (certificates is not ("none" or "single" or "chain"))
        {
            throw CscException.InvalidParameter("certificates");
        }

        TokenState caller = await Bearer.DemandAsync(authorization, accessToken, cancel);
        Credential credential = await credentials.FindAsync(caller.Signer, id, cancel) ?? throw CscException.InvalidParameter("credentialID");
        bool withFactors = authInfo && credential.IsExplicit;
        var answer = new CredentialsInfoResponse(
            credential.Label,
            new CredentialKey(
                credential.Enabled ? "enabled" : "disabled", credential.Key.AlgorithmOids, credential.Key.Bits, credential.Key.CurveOid),
            Certificate(credential, certificates, certInfo, clock.GetUtcNow()),
            credential.AuthMode,
            credential.Scal,
            withFactors ? Pin(credential.Pin) : null,
            withFactors ? Otp(credential.Otp) : null,
            credential.Multisign,
            InfoEndpoint.Language);
        return CscAnswer.Json(context, answer, CscJson.Default.CredentialsInfoResponse);
    }

    private static CredentialCertificate Certificate(Credential credential, string certificates, bool certInfo, DateTimeOffset now)
    {
        IReadOnlyList<string>? encoded = certificates switch
        {
            "none" => null,
            "single" => [Convert.ToBase64String(credential.Certificate)],
            _ => [Convert.ToBase64String(credential.Certificate), .. credential.Issuers.Select(Convert.ToBase64String)],
        };
        string status = credential.IsExpired(now) ? "expired" : "valid";
        if (!certInfo)
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

    private static CredentialPin Pin(bool demanded) => demanded
        ? new CredentialPin("true", "A", "Signing PIN", "The PIN of the card.")
        : new CredentialPin("false", null, null, null);

    private static CredentialOtp Otp(bool demanded) => demanded
        ? new CredentialOtp("true", "offline", "N", "One-time code", "The code that the authenticator app shows now.", "totp", "Authenticator app (RFC 6238)")
        : new CredentialOtp("false", null, null, null, null, null, null);

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyyMMddHHmmss'Z'", CultureInfo.InvariantCulture);
}
