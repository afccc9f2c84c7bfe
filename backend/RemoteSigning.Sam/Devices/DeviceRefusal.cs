using RemoteSigning.Contracts;

namespace RemoteSigning.Sam.Devices;

/// <summary>What a device is said to have answered is not its answer to this.</summary>
internal static class DeviceRefusal
{
    /// <param name="reason">For the audit record.</param>
    public static ProblemException Because(string reason, Exception? cause = null) =>
        Refusals.Create(ProblemCodes.DeviceInvalid, reason, cause);
}
