namespace RemoteSigning.Server.Applications;

/// <summary>On whose behalf a request comes, and through which application.</summary>
/// <param name="MaskedEmail">Where codes by e-mail go, as it may be shown.</param>
/// <param name="MaskedPhoneNumber">The same for codes by SMS; null when the signer has no number.</param>
internal sealed record Caller(
    string Signer, CallingApplication Application, string? MaskedEmail = null, string? MaskedPhoneNumber = null);
