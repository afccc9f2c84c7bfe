namespace RemoteSigning.Agent.Core.Control;

/// <summary>A credential in words.</summary>
/// <param name="CkaId">CKA_ID, lower-case hexadecimal.</param>
/// <param name="Unusable">Why it cannot sign now; null when it can.</param>
public sealed record CredentialSummary(
    string Id, string Label, string CkaId, string Purpose, string Key, string Subject, string Issuer, string SerialNumber,
    DateTimeOffset NotBefore, DateTimeOffset NotAfter, bool NeedsPin, bool NeedsOtp, string? Unusable);
