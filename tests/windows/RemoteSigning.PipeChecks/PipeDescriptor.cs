using System.Buffers.Binary;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Security.AccessControl;
using System.Security.Principal;
using Microsoft.Win32.SafeHandles;
using RemoteSigning.Agent.Core.Pipe;

namespace RemoteSigning.PipeChecks;

/// <summary>Owner, access list and mandatory label of the pipe, as the system tells them.</summary>
internal static partial class PipeDescriptor
{
    private const uint OwnerDaclAndLabel = 0x1 | 0x4 | 0x10;

    private const byte AccessAllowed = 0;
    private const byte AccessDenied = 1;
    private const byte MandatoryLabel = 0x11;
    private const uint NoWriteUp = 1;
    private const uint NoReadUp = 2;
    private const uint GenericAll = 0x1000_0000;
    private const uint AllAccess = 0x1F_01FF;

    public static async Task IsAsDocumented()
    {
        string place = Place.New();
        WindowsSystem system = Place.System(TimeProvider.System);
        using ILocalListener listener = system.Listen(place);
        _ = Place.Open(listener);
        await using var caller = (NamedPipeClientStream)await system.ConnectAsync(place, CancellationToken.None);
        using var own = WindowsIdentity.GetCurrent();
        RawSecurityDescriptor found = Read(caller.SafePipeHandle);
        string[] everything = [Entry(AccessDenied, AllAccess, "S-1-5-2"), Entry(AccessAllowed, AllAccess, own.User!.Value)];
        CheckException.Require(found.Owner is not null && own.User.Equals(found.Owner), $"the owner is {found.Owner}");
        CheckException.Require(Entries(found.DiscretionaryAcl).SequenceEqual(everything), string.Join(", ", Entries(found.DiscretionaryAcl)));
        string[] label = [Entry(MandatoryLabel, NoWriteUp | NoReadUp, "S-1-16-8192")];
        CheckException.Require(Entries(found.SystemAcl).SequenceEqual(label), string.Join(", ", Entries(found.SystemAcl)));
    }

    private static string[] Entries(RawAcl? list) => [.. (list ?? throw new CheckException("a list is missing")).Cast<GenericAce>().Select(Entry)];

    /// <summary>[MS-DTYP], 2.4.4: type, flags and size, then the mask, then the SID.</summary>
    private static string Entry(GenericAce ace)
    {
        byte[] bytes = new byte[ace.BinaryLength];
        ace.GetBinaryForm(bytes, 0);
        uint mask = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4));
        return Entry(bytes[0], mask == GenericAll ? AllAccess : mask, new SecurityIdentifier(bytes, 8).Value);
    }

    private static string Entry(byte type, uint mask, string user) => $"type {type}, mask {mask:x}, {user}";

    private static unsafe RawSecurityDescriptor Read(SafePipeHandle pipe)
    {
        _ = GetKernelObjectSecurity(pipe, OwnerDaclAndLabel, null, 0, out uint length);
        byte[] bytes = new byte[length];
        fixed (byte* at = bytes)
        {
            CheckException.Require(GetKernelObjectSecurity(pipe, OwnerDaclAndLabel, at, length, out _), Marshal.GetLastPInvokeErrorMessage());
        }

        return new RawSecurityDescriptor(bytes, 0);
    }

    [LibraryImport("advapi32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static unsafe partial bool GetKernelObjectSecurity(
        SafePipeHandle handle, uint information, byte* descriptor, uint length, out uint needed);
}
