using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace RemoteSigning.Pki.Timestamping;

/// <summary>
/// Asks the Linux kernel (adjtimex(2)), to which NTP and PTP clients report. The kernel lets the error grow by
/// 500 µs each second in which it hears nothing. On other systems nothing is known.
/// </summary>
internal sealed partial class KernelClock : IClockDiscipline
{
    // struct timex of 64-bit Linux: modes (0: only read), then at these offsets maxerror in µs, and status.
    private const int TimexLength = 208;
    private const int MaximumErrorOffset = 24;
    private const int StatusOffset = 40;
    private const int Unsynchronized = 0x40;
    private const int ClockError = 5;

    public TimeSpan? MaximumError()
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            return null;
        }

        Span<byte> timex = stackalloc byte[TimexLength];
        timex.Clear();
        int state = AdjustTime(ref MemoryMarshal.GetReference(timex));
        int status = BinaryPrimitives.ReadInt32LittleEndian(timex[StatusOffset..]);
        return state is < 0 or ClockError || (status & Unsynchronized) != 0
            ? null
            : TimeSpan.FromMicroseconds(BinaryPrimitives.ReadInt64LittleEndian(timex[MaximumErrorOffset..]));
    }

    [LibraryImport("libc", EntryPoint = "adjtimex")]
    private static partial int AdjustTime(ref byte timex);
}
