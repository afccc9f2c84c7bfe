namespace RemoteSigning.Contracts.Enrollment;

/// <param name="Id">WebAuthn credential id; base64 in JSON.</param>
/// <param name="EnrolledAt">Unix seconds.</param>
public sealed record EnrolledDevice(byte[] Id, long EnrolledAt);
