using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;
using Microsoft.Win32.SafeHandles;

namespace RemoteSigning.Agent.Core.Pipe;

/// <summary>
/// Instances of the agent's pipe. The class library's own way to make them knows neither a mandatory label nor a pipe that the
/// network cannot reach.
/// </summary>
[SupportedOSPlatform("windows")]
internal static partial class WindowsPipe
{
    public const string Folder = @"\\.\pipe\";
    public const string Prefix = "remote-signing-";

    private const int BufferSize = 65536;

    // winnt.h
    private const uint LabelInformation = 0x10;
    private const int LabelAce = 0x11;
    private const int MediumLevel = 0x2000;

    // winbase.h
    private const uint AccessDuplex = 0x3;
    private const uint FirstPipeInstance = 0x0008_0000;
    private const uint Overlapped = 0x4000_0000;
    private const uint RejectRemoteClients = 0x8;
    private const uint UnlimitedInstances = 255;

    public static SecurityIdentifier Own()
    {
        using var own = WindowsIdentity.GetCurrent();
        return own.User!; // A process has a user.
    }

    /// <summary>
    /// The user owns it and is the only one who may connect, nobody may over the network, and nothing below medium integrity may
    /// open it: sandboxed processes run as the same user.
    /// </summary>
    public static string DescriptorFor(SecurityIdentifier user) => $"O:{user}D:P(D;;GA;;;NU)(A;;GA;;;{user})S:(ML;;NWNR;;;ME)";

    /// <param name="name">Without its prefix of the system.</param>
    /// <param name="first">Fails if anybody has this name already.</param>
    /// <exception cref="IOException">The system makes none.</exception>
    public static unsafe NamedPipeServerStream Create(string name, bool first, string descriptor)
    {
        var parsed = new RawSecurityDescriptor(descriptor);
        byte[] bytes = new byte[parsed.BinaryLength];
        parsed.GetBinaryForm(bytes, 0);
        fixed (byte* security = bytes)
        {
            var attributes = new SecurityAttributes { Length = sizeof(SecurityAttributes), Descriptor = security };
            SafePipeHandle handle = CreateNamedPipe(
                Folder + name, AccessDuplex | Overlapped | (first ? FirstPipeInstance : 0), RejectRemoteClients, UnlimitedInstances,
                BufferSize, BufferSize, 0, &attributes);
            if (!handle.IsInvalid)
            {
                return new NamedPipeServerStream(PipeDirection.InOut, isAsync: true, isConnected: false, handle);
            }

            string why = Marshal.GetLastPInvokeErrorMessage();
            handle.Dispose();
            throw new IOException($"No pipe can be made: {why}");
        }
    }

    /// <summary>
    /// Whether a program below medium integrity made it: sandboxes run as the same user, and can make nothing that is not labelled so.
    /// No label counts as medium.
    /// </summary>
    /// <exception cref="IOException">The system does not say.</exception>
    public static bool IsSandboxed(PipeStream pipe) => Labels(pipe)?.Cast<GenericAce>().Any(IsBelowMedium) == true;

    /// <summary>0 when the system does not say.</summary>
    public static uint ClientOf(NamedPipeServerStream pipe) => GetNamedPipeClientProcessId(pipe.SafePipeHandle, out uint process) ? process : 0;

    /// <summary>[MS-DTYP], 2.4.4.13: four bytes of header, four of mask, then the SID, of which the last number is the level.</summary>
    private static bool IsBelowMedium(GenericAce ace)
    {
        byte[] bytes = new byte[ace.BinaryLength];
        ace.GetBinaryForm(bytes, 0);
        return bytes[0] == LabelAce && BitConverter.ToInt32(bytes, bytes.Length - sizeof(int)) < MediumLevel;
    }

    private static unsafe RawAcl? Labels(PipeStream pipe)
    {
        _ = GetKernelObjectSecurity(pipe.SafePipeHandle, LabelInformation, null, 0, out uint length);
        byte[] bytes = new byte[length];
        fixed (byte* descriptor = bytes)
        {
            return GetKernelObjectSecurity(pipe.SafePipeHandle, LabelInformation, descriptor, length, out _)
                ? new RawSecurityDescriptor(bytes, 0).SystemAcl
                : throw new IOException($"The pipe's label cannot be read: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("advapi32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static unsafe partial bool GetKernelObjectSecurity(
        SafePipeHandle handle, uint information, byte* descriptor, uint length, out uint needed);

    [LibraryImport("kernel32.dll", EntryPoint = "CreateNamedPipeW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static unsafe partial SafePipeHandle CreateNamedPipe(
        string name, uint openMode, uint pipeMode, uint maxInstances, uint outBufferSize, uint inBufferSize, uint defaultTimeout,
        SecurityAttributes* attributes);

    [LibraryImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetNamedPipeClientProcessId(SafePipeHandle pipe, out uint process);

    private unsafe struct SecurityAttributes
    {
        public int Length;
        public byte* Descriptor;
        public int InheritHandle;
    }
}
