using RemoteSigning.Contracts;
using RemoteSigning.Server.Peers;

namespace RemoteSigning.Server.Csc;

/// <summary>The error words of the CSC API, and the one place where a peer's problem becomes one of them.</summary>
internal static class CscErrors
{
    public const string InvalidRequest = "invalid_request";
    public const string AccessDenied = "access_denied";
    public const string UnauthorizedClient = "unauthorized_client";
    public const string AuthenticationError = "authentication_error";
    public const string InvalidClient = "invalid_client";
    public const string InvalidToken = "invalid_token";
    public const string ExpiredToken = "expired_token";
    public const string InvalidPin = "invalid_pin";
    public const string InvalidOtp = "invalid_otp";
    public const string InvalidAuthenticationData = "invalid_authentication_data";
    public const string TemporarilyUnavailable = "temporarily_unavailable";
    public const string ServerError = "server_error";

    public const string MalformedText =
        "The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than once, or is otherwise malformed.";

    public const string TooLargeText = "The request is too large.";
    public const string DisabledText = "The credential identified by credentialID is disabled";
    public const string CertificateStatusText = "Invalid certificate status";
    public const string TooManySignaturesText = "Numbers of signatures is too high";
    public const string DigestLengthText = "Invalid digest value length";

    private const string RegistrationExpiredText = "Device registration expired";

    private const string UnavailableText =
        "The server is currently unable to handle the request due to a temporary overloading or maintenance of the server.";

    private const string OutcomeUnknownText = "The server cannot tell whether the request was carried out. It is not repeated.";

    public static CscException ServerFailure() => new(
        StatusCodes.Status500InternalServerError,
        ServerError,
        "The server encountered an unexpected condition that prevented it from fulfilling the request.");

    public static CscException UnknownToken() => new(
        StatusCodes.Status401Unauthorized, InvalidToken, "The token provided is not a valid OAuth access or refresh token.");

    /// <summary>The same for a key that nobody has and for that of an application that may not call.</summary>
    public static CscException UnknownClient() => new(
        StatusCodes.Status401Unauthorized, InvalidClient, "Client authentication failed: the header X-API-Key must hold the key of an application.");

    /// <remarks>The words of CSC have none for this status.</remarks>
    public static CscException TooManyRequests(TimeSpan wait) =>
        new(StatusCodes.Status429TooManyRequests, InvalidRequest, "Too many requests") { RetryAfter = wait };

    public static CscException DayUsedUp(TimeSpan wait) =>
        new(StatusCodes.Status429TooManyRequests, InvalidRequest, "The application has used up its signatures of this day") { RetryAfter = wait };

    public static CscException HashNotAuthorized(CscFace face) =>
        CscException.Invalid(face.Sentence("Hash is not authorized by the SAD"));

    /// <summary>Of v2; the older versions tell PIN and OTP apart.</summary>
    public static CscException WrongAuthenticationData() =>
        new(StatusCodes.Status400BadRequest, InvalidAuthenticationData, "The authentication data is invalid");

    /// <summary>Of v2, as above.</summary>
    public static CscException Locked() => CscException.Invalid("Credential locked");

    /// <summary>The signer does not want it, or nobody knows what is asked for.</summary>
    public static CscException Denied() => new(
        StatusCodes.Status400BadRequest, AccessDenied, "The user, authorization server or remote service denied the request.");

    public static CscException Unavailable() => Unavailable(UnavailableText);

    public static CscException OutcomeUnknown() => Unavailable(OutcomeUnknownText);

    public static CscException From(PeerException failure, CscFace face) => failure switch
    {
        { Outcome: PeerOutcome.NotSent } => Unavailable(),
        { Outcome: PeerOutcome.Unknown, Problem: Problem.Unavailable } => OutcomeUnknown(),
        { Outcome: PeerOutcome.Unknown } => ServerFailure(),
        { Peer: SamClient.Name } => FromSam(failure),
        _ => face.FactorRefusal(failure.Code) ?? FromAuthorization(failure, face),
    };

    private static CscException FromAuthorization(PeerException refusal, CscFace face) => refusal.Code switch
    {
        ProblemCodes.LoginFailed => new(
            StatusCodes.Status400BadRequest, AuthenticationError, "An error occurred during authentication process"),
        ProblemCodes.TokenInvalid => UnknownToken(),
        ProblemCodes.TokenExpired => new(
            StatusCodes.Status401Unauthorized, ExpiredToken, "The access or refresh token is expired or has been revoked."),
        ProblemCodes.OtpTooSoon or ProblemCodes.OtpTooOften => new(
            StatusCodes.Status429TooManyRequests, InvalidRequest, "Too many one-time codes were asked for.")
        {
            RetryAfter = refusal.RetryAfter,
        },
        ProblemCodes.CredentialUnknown => CscException.InvalidParameter("credentialID"),
        ProblemCodes.CountTooHigh => CscException.Invalid(TooManySignaturesText),
        ProblemCodes.HashMissing => CscException.Missing("array", "hash"),
        ProblemCodes.HashNotAuthorized => HashNotAuthorized(face),
        ProblemCodes.SadMissing => CscException.Missing("string", "SAD"),
        ProblemCodes.SadInvalid or ProblemCodes.SadUsed => CscException.InvalidParameter("SAD"),
        ProblemCodes.SadExpired => CscException.Invalid("SAD expired"),
        ProblemCodes.AlgorithmUnsupported => CscException.InvalidParameter("signAlgo"),
        ProblemCodes.DigestLength => CscException.Invalid(DigestLengthText),
        ProblemCodes.DeviceMissing => CscException.Missing("object", DeviceMembers.Approval),
        ProblemCodes.ContentUnknown => CscException.InvalidParameter(DeviceMembers.Approval),
        ProblemCodes.ContentExpired => CscException.Invalid("Device approval expired"),
        ProblemCodes.DeviceInvalid => CscException.InvalidParameter(DeviceMembers.Devices),
        ProblemCodes.RegistrationExpired => CscException.Invalid(RegistrationExpiredText),
        _ => Other(refusal),
    };

    /// <summary>Most refusals of the SAM mean that this server or the authorization server did wrong: not the client's doing.</summary>
    private static CscException FromSam(PeerException refusal) => refusal.Code switch
    {
        ProblemCodes.KeyDisabled => CscException.Invalid(DisabledText),
        ProblemCodes.KeyDeleted => CscException.InvalidParameter("credentialID"),
        ProblemCodes.KeyExpired => CscException.Invalid(CertificateStatusText),
        ProblemCodes.AlgorithmUnsupported => CscException.InvalidParameter("signAlgo"),
        ProblemCodes.DigestLength => CscException.Invalid(DigestLengthText),
        ProblemCodes.DeviceMissing => CscException.Missing("object", DeviceMembers.Approval),
        ProblemCodes.DeviceInvalid or ProblemCodes.DeviceUsed => CscException.InvalidParameter(DeviceMembers.Approval),
        // What the devices answered is for an epoch that is over: nothing can be made of it any more.
        ProblemCodes.SkadWrongEpoch or ProblemCodes.SkadWrongNode => CscException.Invalid(RegistrationExpiredText),
        ProblemCodes.SkadExpired => Unavailable(),
        // The SAM's own SAD died on the way, or the key object changed meanwhile: the client may come again.
        ProblemCodes.SadExpired or ProblemCodes.SadWrongEpoch or ProblemCodes.SadWrongNode or ProblemCodes.KeyOutdated
            => Unavailable(),
        _ => Other(refusal),
    };

    private static CscException Other(PeerException refusal) =>
        refusal.Problem == Problem.Unavailable ? Unavailable() : ServerFailure();

    private static CscException Unavailable(string text) =>
        new(StatusCodes.Status503ServiceUnavailable, TemporarilyUnavailable, text);
}
