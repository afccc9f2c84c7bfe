namespace RemoteSigning.Contracts.Authorization;

/// <summary>The terms under which a signer registered devices, and each SKAD that came of it; the SAM's log tells which it took.</summary>
/// <param name="TermsDigest">SHA-256 of the accepted terms; base64 in JSON.</param>
/// <param name="MaxDevices">How many were allowed.</param>
/// <param name="Skads">In the order of their making; none before the signer has shown the factors.</param>
public sealed record DeviceList(string CredentialId, string KeyId, byte[] TermsDigest, int MaxDevices, IReadOnlyList<MintedSkad> Skads);
