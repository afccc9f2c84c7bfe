namespace RemoteSigning.Sam.Devices;

/// <summary>A device key (WebAuthn credential) that approves signatures of one key; sealed in that key's object.</summary>
/// <param name="RpIdHash">SHA-256 of the RP ID.</param>
/// <param name="Origins">The exact origins that may ask the device.</param>
/// <param name="CredentialId">16 to 1,023 bytes.</param>
/// <param name="CoseKey">The public key, the bytes that the device gave.</param>
internal sealed record Device(byte[] RpIdHash, IReadOnlyList<string> Origins, byte[] CredentialId, byte[] CoseKey)
{
    public const int MostOrigins = 4;
    public const int MostPerKey = 3;
    public const int ShortestCredentialId = 16;

    /// <summary>WebAuthn Level 3, 5.1.3: a longer one is not from a conforming device.</summary>
    public const int LongestCredentialId = 1023;
}
