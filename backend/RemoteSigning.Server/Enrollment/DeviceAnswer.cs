using RemoteSigning.Contracts.Sam;

namespace RemoteSigning.Server.Enrollment;

/// <summary>A device's registration, with the id under which it is asked from then on.</summary>
/// <param name="Id">WebAuthn credential id, as the client told it.</param>
internal sealed record DeviceAnswer(byte[] Id, DeviceRegistration Registration);
