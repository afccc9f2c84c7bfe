namespace RemoteSigning.Contracts.Csc;

/// <summary>
/// Our own addition: <c>POST {server}/card/v1/device_lists</c> with <c>{"credentialID"}</c> and the bearer token, 200: the devices that
/// may approve, as the SAM recorded them.
/// </summary>
/// <param name="Devices">WebAuthn credential ids, base64url without padding; none where no device approves.</param>
public sealed record CardDevices(IReadOnlyList<string> Devices);
