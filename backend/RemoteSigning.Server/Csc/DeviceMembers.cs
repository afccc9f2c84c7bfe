using RemoteSigning.Contracts.Sam;
using RemoteSigning.Server.Enrollment;
using RemoteSigning.Server.Signing;

namespace RemoteSigning.Server.Csc;

/// <summary>
/// Our own members for devices, named as WebAuthn names them: <c>deviceApproval</c> of <c>signatures/signHash</c> and <c>devices</c> of a
/// registration. What they say is checked by the SAM alone; here they only get lengths.
/// </summary>
internal static class DeviceMembers
{
    public const string Approval = "deviceApproval";
    public const string Devices = "devices";

    private const int LongestId = 1023;
    private const int LongestData = 4096;
    private const int LongestAttestation = 8192;
    private const int LongestSignature = 512;

    /// <summary>What a device answered for these hashes; null when the member is absent.</summary>
    public static DeviceConsent? ReadApproval(CscRequest body)
    {
        if (body.OptionalObject(Approval) is not { } member)
        {
            return null;
        }

        ApprovalPlace place = ApprovalPlace.Read(member.RequiredString("approval")) ?? throw CscException.InvalidParameter(Approval);
        return new DeviceConsent(place, new DeviceApproval(
            member.RequiredBytes("id", LongestId, Approval),
            member.RequiredBytes("authenticatorData", LongestData, Approval),
            member.RequiredBytes("clientDataJSON", LongestData, Approval),
            member.RequiredBytes("signature", LongestSignature, Approval)));
    }

    /// <summary>What devices answered that are to be registered; none for a key that no device approves with.</summary>
    public static IReadOnlyList<DeviceAnswer> ReadRegistrations(CscRequest body)
    {
        IReadOnlyList<CscRequest> members = body.OptionalObjects(Devices, DeviceEnrollment.MostDevices);
        DeviceAnswer[] devices =
        [
            .. members.Select(m => new DeviceAnswer(m.RequiredBytes("id", LongestId, Devices), new DeviceRegistration(
                m.RequiredBytes("clientDataJSON", LongestData, Devices), m.RequiredBytes("attestationObject", LongestAttestation, Devices)))),
        ];
        return devices.DistinctBy(d => Convert.ToHexString(d.Id)).Count() == devices.Length ? devices : throw CscException.InvalidParameter(Devices);
    }
}
