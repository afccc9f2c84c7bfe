namespace RemoteSigning.Contracts.Enrollment;

/// <summary>
/// <c>GET /enrollment/v1/signers/{signer}/credentials/{id}/devices</c>: the devices that the SAM's record of the assignment names; none
/// for policy delegated, and before the assignment.
/// </summary>
public sealed record EnrolledDevices(string Policy, IReadOnlyList<EnrolledDevice> Devices);
