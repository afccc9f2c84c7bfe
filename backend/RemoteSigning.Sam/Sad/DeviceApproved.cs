namespace RemoteSigning.Sam.Sad;

/// <summary>
/// What a device approved once: a transaction of a key. Who asserts it does not matter, so that no second authorization
/// server can have it used again.
/// </summary>
/// <param name="NotAfter">The end of the content, when the approval is dead.</param>
internal sealed record DeviceApproved(string KeyId, string Transaction, DateTimeOffset NotAfter);
