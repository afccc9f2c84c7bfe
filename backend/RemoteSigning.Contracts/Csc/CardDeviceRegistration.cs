namespace RemoteSigning.Contracts.Csc;

/// <summary>
/// Our own addition: <c>POST {server}/card/v1/device_registrations</c> with <c>{"credentialID","code"}</c> and the bearer token, 200.
/// </summary>
/// <param name="Content">The string that devices answer: RP ID and origins stand in it, the challenge is its digest.</param>
/// <param name="MaxDevices">How many devices may answer; 0 where none does, and the signer agrees by his factors alone.</param>
/// <param name="ExpiresIn">Seconds.</param>
public sealed record CardDeviceRegistration(string Content, int MaxDevices, int ExpiresIn);
