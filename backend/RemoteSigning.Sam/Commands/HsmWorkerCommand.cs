using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using RemoteSigning.Cryptoki.Worker;
using RemoteSigning.Sam.Platform;

namespace RemoteSigning.Sam.Commands;

/// <summary>
/// <c>hsm-worker</c>: the process that loads the PKCS#11 module where <c>Sam:Hsm:Worker</c> is set. It ends with whoever started it: by the end of its
/// standard input, and at once when that process dies.
/// </summary>
internal static partial class HsmWorkerCommand
{
    private const int DuplicateCloseOnExec = 1030; // F_DUPFD_CLOEXEC
    private const int FirstOwn = 3;

    public static int Run()
    {
        ProcessProtection.DieWithParent();
        using SafeFileHandle input = Take(0);
        using SafeFileHandle output = Take(1);

        // A module may read or write where it likes; it shall not be taken for one of us.
        using SafeFileHandle nothing = File.OpenHandle("/dev/null");
        Replace(nothing.DangerousGetHandle().ToInt32(), 0);
        Replace(2, 1);

        // systemd and terminals send these to all processes of the service; the SAM still needs this one to end what it has.
        List<PosixSignalRegistration> ignored =
        [
            .. ((PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP, PosixSignal.SIGQUIT])
                .Select(s => PosixSignalRegistration.Create(s, static context => context.Cancel = true)),
        ];
        try
        {
            using var requests = new FileStream(input, FileAccess.Read, bufferSize: 0);
            using var answers = new FileStream(output, FileAccess.Write, bufferSize: 0);
            HsmWorkerServer.Serve(requests, answers);
            return 0;
        }
        finally
        {
            ignored.ForEach(s => s.Dispose());
        }
    }

    private static SafeFileHandle Take(int descriptor)
    {
        int own = Control(descriptor, DuplicateCloseOnExec, FirstOwn);
        return own >= 0 ? new SafeFileHandle(own, ownsHandle: true) : throw Failed();
    }

    private static void Replace(int by, int descriptor)
    {
        if (Duplicate(by, descriptor) < 0)
        {
            throw Failed();
        }
    }

    private static IOException Failed() => new($"Standard input and output cannot be used (errno {Marshal.GetLastPInvokeError()}).");

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int Duplicate(int from, int to);
}
