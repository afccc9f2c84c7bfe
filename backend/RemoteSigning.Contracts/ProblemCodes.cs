namespace RemoteSigning.Contracts;

/// <summary>The stable words in the member <c>code</c> of a problem document.</summary>
public static class ProblemCodes
{
    // Requests
    public const string Malformed = "malformed";
    public const string TooLarge = "too_large";
    public const string NotFound = "not_found";
    public const string Conflict = "conflict";

    // Callers
    public const string CertificateRequired = "certificate_required";
    public const string CallerUnknown = "caller_unknown";
    public const string RoleForbidden = "role_forbidden";

    // Sign-in, tokens, factors (Authorization)
    public const string LoginFailed = "login_failed";
    public const string TokenInvalid = "token_invalid";
    public const string TokenExpired = "token_expired";
    public const string PinMissing = "pin_missing";
    public const string PinInvalid = "pin_invalid";
    public const string PinLocked = "pin_locked";
    public const string OtpMissing = "otp_missing";
    public const string OtpInvalid = "otp_invalid";
    public const string OtpLocked = "otp_locked";
    public const string OtpTooSoon = "otp_too_soon";
    public const string OtpTooOften = "otp_too_often";
    public const string OtpNotSent = "otp_not_sent";
    public const string NotAllowed = "not_allowed";
    public const string CredentialUnknown = "credential_unknown";
    public const string CountTooHigh = "count_too_high";
    public const string HashMissing = "hash_missing";
    public const string HashNotAuthorized = "hash_not_authorized";

    // SAD, in both meanings of activation.md
    public const string SadMissing = "sad_missing";
    public const string SadInvalid = "sad_invalid";
    public const string SadExpired = "sad_expired";
    public const string SadUsed = "sad_used";
    public const string SadWrongNode = "sad_wrong_node";
    public const string SadWrongEpoch = "sad_wrong_epoch";
    public const string SadWrongSigner = "sad_wrong_signer";
    public const string SadWrongKey = "sad_wrong_key";
    public const string SadWrongSet = "sad_wrong_set";
    public const string AssuranceTooLow = "assurance_too_low";

    // Device keys, and the assignment of keys
    public const string DeviceMissing = "device_missing";
    public const string DeviceInvalid = "device_invalid";
    public const string DeviceUsed = "device_used";
    public const string RegistrationExpired = "registration_expired";
    public const string ContentUnknown = "content_unknown";
    public const string ContentExpired = "content_expired";
    public const string SkadMissing = "skad_missing";
    public const string SkadInvalid = "skad_invalid";
    public const string SkadExpired = "skad_expired";
    public const string SkadUsed = "skad_used";
    public const string SkadWrongNode = "skad_wrong_node";
    public const string SkadWrongEpoch = "skad_wrong_epoch";
    public const string SkadWrongRequest = "skad_wrong_request";

    // Sealed key objects
    public const string IntegrityError = "integrity_error";
    public const string KeyOutdated = "key_outdated";
    public const string KeyDeleted = "key_deleted";
    public const string KeyAssigned = "key_assigned";
    public const string KeyNotAssigned = "key_not_assigned";
    public const string KeyNotCertified = "key_not_certified";
    public const string KeyDisabled = "key_disabled";
    public const string KeyExpired = "key_expired";
    public const string WrongSigner = "wrong_signer";
    public const string WrongPurpose = "wrong_purpose";
    public const string AlgorithmUnsupported = "algorithm_unsupported";
    public const string DigestLength = "digest_length";

    // The SAM's configuration
    public const string ConfigurationInvalid = "configuration_invalid";
    public const string ConfigurationOutdated = "configuration_outdated";
    public const string ApprovalRequired = "approval_required";
    public const string ApprovalInvalid = "approval_invalid";

    // Infrastructure
    public const string HeadUnknown = "head_unknown";
    public const string AuditUnavailable = "audit_unavailable";
    public const string HsmUnavailable = "hsm_unavailable";
    public const string HsmBusy = "hsm_busy";
    public const string ModuleLocked = "module_locked";
    public const string ServiceUnavailable = "service_unavailable";
    public const string OutcomeUnknown = "outcome_unknown";
    public const string Internal = "internal";
}
