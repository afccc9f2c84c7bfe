using RemoteSigning.Agent.Core.Diagnosis;
using RemoteSigning.Agent.Core.Pipe;

namespace RemoteSigning.Agent.Commands;

/// <summary><c>virtual-card doctor</c>: finds out what is wrong between a program and the server.</summary>
internal static class DoctorCommand
{
    public static async Task<int> RunAsync(CommandLine line, ILocalSystem system, CancellationToken cancellation)
    {
        bool sound = true;
        await foreach (Finding finding in Doctor.ExamineAsync(line.ConfigurationFile, system, TimeProvider.System, cancellation))
        {
            sound &= finding.IsSound;
            Console.WriteLine($"{(finding.IsSound ? "ok    " : "WRONG ")} {finding.Subject,-14} {finding.Text}");
        }

        Console.WriteLine(sound ? "Everything is in order." : "Put right the first WRONG line, then ask again.");
        return sound ? ExitCodes.Done : ExitCodes.Failed;
    }
}
