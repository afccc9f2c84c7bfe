namespace RemoteSigning.Contracts;

/// <summary>
/// The one error vocabulary of the product. The numbers travel on the card protocol and stand in
/// problem documents (RFC 9457, member <c>problem</c>); each interface maps them to its own words.
/// </summary>
public enum Problem
{
    None = 0,
    InvalidRequest = 1,
    UnsupportedAlgorithm = 2,
    DataInvalid = 3,
    DataLength = 4,
    UnknownKey = 5,
    CredentialUnusable = 6,
    NotSignedIn = 7,
    NotAllowed = 8,
    PinIncorrect = 9,
    PinLocked = 10,
    Declined = 11,
    ConsentNeeded = 12,
    LimitReached = 13,
    AgentUnavailable = 14,
    Unavailable = 15,
    Internal = 16,
}
