using System.Runtime.Versioning;
using RemoteSigning.Agent.Core.Registration;

namespace RemoteSigning.Agent.Commands;

/// <summary><c>virtual-card register</c>: tells p11-kit of the card, or no longer.</summary>
[UnsupportedOSPlatform("windows")]
internal static class RegisterCommand
{
    public static int Run(CommandLine line)
    {
        P11KitModule registration = P11KitModule.OfUser;
        if (line.Remove)
        {
            if (line.ModuleFile is not null)
            {
                throw new UsageException("--remove and --module exclude each other.");
            }

            Console.WriteLine(registration.Remove() ? $"Removed {registration.File}" : $"Nothing to remove: there is no {registration.File}");
            return ExitCodes.Done;
        }

        string module = line.ModuleFile ?? P11KitModule.InstalledModule;
        Console.WriteLine(registration.Add(module)
            ? $"Wrote {registration.File}: programs that use p11-kit now find the card. See it with: p11-kit list-modules"
            : $"Nothing to do: {registration.File} already names this module.");
        if (Environment.UserName == "root")
        {
            Console.WriteLine("p11-kit does not read a user's modules in programs that run as root.");
        }

        return ExitCodes.Done;
    }
}
