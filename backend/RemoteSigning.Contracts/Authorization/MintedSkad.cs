namespace RemoteSigning.Contracts.Authorization;

/// <summary>Who vouched for which devices, when.</summary>
/// <param name="Devices"><see cref="Sam.DeviceRegistration.Digest"/> of each; base64 in JSON.</param>
/// <param name="Acr">How well the signer was authenticated.</param>
/// <param name="Amr">By which factors (RFC 8176).</param>
/// <param name="Time">Unix seconds.</param>
public sealed record MintedSkad(string Jti, IReadOnlyList<byte[]> Devices, string Acr, IReadOnlyList<string> Amr, long Time);
