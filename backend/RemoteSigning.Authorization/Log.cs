namespace RemoteSigning.Authorization;

/// <summary>What this process tells its operator. No message takes a secret, nor a login that nobody has.</summary>
internal static partial class Log
{
    [LoggerMessage(2001, LogLevel.Information, "Account {Signer} was created by {Operator}")]
    public static partial void AccountCreated(this ILogger logger, string signer, string @operator);

    [LoggerMessage(2002, LogLevel.Information, "A new PIN was set for {Signer} by {Operator}; its locks are lifted")]
    public static partial void PinReset(this ILogger logger, string signer, string @operator);

    [LoggerMessage(2003, LogLevel.Warning, "Where codes of {Signer} go ({Channels}) was changed by {Operator}")]
    public static partial void CodeAddressesChanged(this ILogger logger, string signer, string channels, string @operator);

    [LoggerMessage(2004, LogLevel.Error, "{Signer} could not be told that codes go to another address: {Reason}. Tell the signer")]
    public static partial void AddressNoticeNotSent(this ILogger logger, string signer, string reason);

    [LoggerMessage(2010, LogLevel.Information, "{Signer} signed in at {Ssa}")]
    public static partial void SignedIn(this ILogger logger, string signer, string ssa);

    [LoggerMessage(2011, LogLevel.Warning, "Sign-in of {Signer} at {Ssa} failed: wrong password")]
    public static partial void PasswordWrong(this ILogger logger, string signer, string ssa);

    [LoggerMessage(2012, LogLevel.Warning, "Sign-in of {Signer} at {Ssa} failed: too many wrong passwords before")]
    public static partial void PasswordLocked(this ILogger logger, string signer, string ssa);

    [LoggerMessage(2013, LogLevel.Warning, "Sign-in at {Ssa} failed: no such account")]
    public static partial void AccountUnknown(this ILogger logger, string ssa);

    [LoggerMessage(2014, LogLevel.Warning, "A used refresh token of {Signer} came back from {Ssa}; its whole grant was revoked")]
    public static partial void RefreshTokenReused(this ILogger logger, string signer, string ssa);

    [LoggerMessage(2015, LogLevel.Information, "A token of {Signer} was revoked at {Ssa}")]
    public static partial void TokenRevoked(this ILogger logger, string signer, string ssa);

    [LoggerMessage(2020, LogLevel.Warning, "Wrong PIN of {Signer}")]
    public static partial void PinWrong(this ILogger logger, string signer);

    [LoggerMessage(2021, LogLevel.Warning, "The PIN of {Signer} is locked")]
    public static partial void PinLocked(this ILogger logger, string signer);

    [LoggerMessage(2022, LogLevel.Warning, "Wrong one-time password of {Signer}")]
    public static partial void OtpWrong(this ILogger logger, string signer);

    [LoggerMessage(2023, LogLevel.Warning, "A one-time password of {Signer} was used again")]
    public static partial void OtpReused(this ILogger logger, string signer);

    [LoggerMessage(2024, LogLevel.Warning, "The one-time password of {Signer} is locked")]
    public static partial void OtpLocked(this ILogger logger, string signer);

    [LoggerMessage(2025, LogLevel.Information, "A code for {CredentialId} was sent to {Signer} by {Channel}")]
    public static partial void CodeSent(this ILogger logger, string signer, string credentialId, string channel);

    [LoggerMessage(2026, LogLevel.Error, "A code for {CredentialId} could not be sent to {Signer} by {Channel}: {Reason}")]
    public static partial void CodeNotSent(this ILogger logger, string signer, string credentialId, string channel, string reason);

    [LoggerMessage(2027, LogLevel.Warning, "A code of {Signer} came that was used or has expired")]
    public static partial void CodeOver(this ILogger logger, string signer);

    [LoggerMessage(2030, LogLevel.Information, "Credential {CredentialId} of {Signer} was registered by {Ssa}")]
    public static partial void CredentialRegistered(this ILogger logger, string credentialId, string signer, string ssa);

    [LoggerMessage(2031, LogLevel.Information, "Transaction {Transaction}: {Signer} approved {Count} with {CredentialId} by {Amr}")]
    public static partial void Approved(
        this ILogger logger, string transaction, string signer, int count, string credentialId, string amr);

    [LoggerMessage(2032, LogLevel.Information, "Activation {Jti} of {Count} for {Node} in transaction {Transaction}")]
    public static partial void Activated(this ILogger logger, string jti, int count, string node, string transaction);

    [LoggerMessage(2033, LogLevel.Information, "Activation {Jti} gave {Count} back to transaction {Transaction}: {Outcome}")]
    public static partial void GivenBack(this ILogger logger, string jti, int count, string transaction, string outcome);

    [LoggerMessage(2034, LogLevel.Warning, "{Ssa} reported activation {Jti} as refused, but {Reason}")]
    public static partial void EvidenceRefused(this ILogger logger, string ssa, string jti, string reason);

    [LoggerMessage(2035, LogLevel.Information, "Transaction {Transaction} was extended, {Remaining} signatures are left")]
    public static partial void Extended(this ILogger logger, string transaction, int remaining);

    [LoggerMessage(2036, LogLevel.Information, "Approval {Approval} of {Count} for {Node} in transaction {Transaction} waits for a device")]
    public static partial void ApprovalPrepared(this ILogger logger, string approval, int count, string node, string transaction);

    [LoggerMessage(2037, LogLevel.Information, "Registration {Registration}: credential {CredentialId} of {Signer} waits for devices, at {Ssa}")]
    public static partial void DeviceRegistrationBegun(
        this ILogger logger, string registration, string credentialId, string signer, string ssa);

    [LoggerMessage(2038, LogLevel.Warning,
        "SKAD {Jti} for {Count} devices of registration {Registration}: {Signer} vouched for them, for credential {CredentialId}, by {Amr}")]
    public static partial void SkadMinted(
        this ILogger logger, string jti, int count, string registration, string signer, string credentialId, string amr);

    [LoggerMessage(2040, LogLevel.Information, "Removed {Tokens} tokens and {Transactions} transactions that had expired")]
    public static partial void Purged(this ILogger logger, int tokens, int transactions);

    [LoggerMessage(2041, LogLevel.Error, "Expired rows could not be removed; it is tried again")]
    public static partial void PurgeFailed(this ILogger logger, Exception cause);

    [LoggerMessage(2043, LogLevel.Information, "{Signer} was told by e-mail that an approval waits, for {CredentialId}")]
    public static partial void ApprovalTold(this ILogger logger, string signer, string credentialId);

    [LoggerMessage(2044, LogLevel.Warning, "{Signer} could not be told by e-mail that an approval waits, for {CredentialId}: {Reason}")]
    public static partial void ApprovalNotTold(this ILogger logger, string signer, string credentialId, string reason);

    [LoggerMessage(2042, LogLevel.Information, "Listening at {Address} as {Issuer}")]
    public static partial void Listening(this ILogger logger, Uri? address, string issuer);
}
