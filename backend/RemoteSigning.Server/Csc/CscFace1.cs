using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Algorithms;
using RemoteSigning.Contracts.Authorization;
using RemoteSigning.Contracts.Csc;
using RemoteSigning.Server.Credentials;

namespace RemoteSigning.Server.Csc;

/// <summary>CSC API 1.0.4.0.</summary>
internal class CscFace1 : CscFace
{
    private const string MalformedInCapitals =
        "The request is missing a REQUIRED parameter, includes an invalid parameter value, includes a parameter more than once, or is otherwise malformed.";

    public override int Version => 1;

    public override string Specs => "1.0.4.0";

    public override string Hashes => "hash";

    public override string HashAlgorithm => "hashAlgo";

    public override string Sentence(string text) => text + ".";

    /// <remarks>The third word of sendOTP's sentence is misspelt in the specification, and so it is here.</remarks>
    public override string MalformedHeader(string method) => method switch
    {
        "auth/revoke" or "credentials/extendTransaction" => MalformedInCapitals,
        "credentials/sendOTP" => "Malformed authroization header.",
        _ => CscErrors.MalformedText,
    };

    public override string ExpiredCertificate(Credential credential) =>
        $"Signing certificate '{DistinguishedName.Short(credential.Subject)}' is expired.";

    public override CscException? FactorRefusal(string code) => code switch
    {
        ProblemCodes.PinMissing => CscException.Missing("string", "PIN"),
        ProblemCodes.PinInvalid => new(StatusCodes.Status400BadRequest, CscErrors.InvalidPin, "The PIN is invalid"),
        ProblemCodes.PinLocked => CscException.Invalid("PIN locked"),
        ProblemCodes.OtpMissing => CscException.Missing("string", "OTP"),
        ProblemCodes.OtpInvalid => new(StatusCodes.Status400BadRequest, CscErrors.InvalidOtp, "The OTP is invalid"),
        ProblemCodes.OtpLocked => CscException.Invalid("OTP locked"),
        _ => null,
    };

    public override SignerFactors ReadFactors(CscRequest body) => new(body.OptionalString("PIN"), body.OptionalString("OTP"));

    /// <remarks>This version has no member for it.</remarks>
    public override DigestAlgorithm? ReadApprovedDigest(CscRequest body) => null;

    public override IResult AnswerInfo(HttpContext context, CredentialView view) =>
        CscAnswer.Json(context, Describe(view), CscJson.Default.CredentialsInfoResponse);

    protected static CredentialsInfoResponse Describe(CredentialView view)
    {
        Credential credential = view.Credential;
        return new CredentialsInfoResponse(
            credential.Label,
            view.Key,
            view.Certificate,
            credential.AuthMode,
            credential.Scal,
            view.WithFactors ? Pin(credential.Pin) : null,
            view.WithFactors ? Otp(view) : null,
            credential.Multisign,
            InfoEndpoint.Language);
    }

    private static CredentialPin Pin(bool demanded) => demanded
        ? new CredentialPin("true", "A", SignerFactors.PinLabel, SignerFactors.PinDescription)
        : new CredentialPin("false", null, null, null);

    private static CredentialOtp Otp(CredentialView view)
    {
        if (!view.Credential.Otp)
        {
            return new CredentialOtp("false", null, null, null, null, null, null);
        }

        (string type, string id, string provider) = view.Credential.OtpChannel switch
        {
            null => ("offline", SignerFactors.OtpGenerator, "Authenticator app (RFC 6238)"),
            OtpChannels.Sms => ("online", OtpChannels.Sms, "SMS"),
            { } channel => ("online", channel, "E-mail"),
        };
        return new CredentialOtp("true", type, "N", SignerFactors.OtpLabel, SignerFactors.OtpDescription(view.CodesGoTo), id, provider);
    }
}
