namespace RemoteSigning.Contracts.Authorization;

/// <summary>Whom a live access token stands for.</summary>
/// <param name="ClientId">The application; <see cref="DirectClient"/> for CSC <c>auth/login</c>.</param>
/// <param name="ExpiresAt">Unix seconds.</param>
/// <param name="MaskedEmail">As it may be shown to whoever holds the token.</param>
/// <param name="MaskedPhoneNumber">The same of the telephone number; null without one.</param>
public sealed record TokenState(
    string Signer, string Email, string ClientId, long ExpiresAt, string? MaskedEmail = null, string? MaskedPhoneNumber = null)
{
    /// <summary>The client id of sessions that a person began with e-mail and password, without an application.</summary>
    public const string DirectClient = "direct";
}
