using Microsoft.Win32;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Contracts;

namespace RemoteSigning.PipeChecks;

/// <summary>One agent in a place, and what it leaves in the registry.</summary>
internal static class PlaceChecks
{
    public static Task AgentIsAlone()
    {
        string place = Place.New();
        WindowsSystem system = Place.System(TimeProvider.System);
        using (system.Listen(place))
        {
            // Also before it has published its pipe.
            CheckException.Require(Refusal(system, place) == "Another agent already serves this logon session. Stop it first.", "a second agent came in");
            using ILocalListener elsewhere = system.Listen(Place.New());
        }

        system.Listen(place).Dispose();
        return Task.CompletedTask;
    }

    /// <summary>Below a volatile key nothing can be kept: that is how one is known.</summary>
    public static Task OnlySessionKeyIsVolatile()
    {
        Registry.CurrentUser.DeleteSubKeyTree(@"Software\RemoteSigning", throwOnMissingSubKey: false);
        using ILocalListener listener = Place.System(TimeProvider.System).Listen(Place.New());
        _ = Place.Open(listener);
        CheckException.Require(CanKeep(@"Software\RemoteSigning"), "HKCU\\Software\\RemoteSigning is volatile");
        CheckException.Require(CanKeep(@"Software\RemoteSigning\Card"), "HKCU\\Software\\RemoteSigning\\Card is volatile");
        CheckException.Require(!CanKeep(Place.SessionKey), "the session's key is kept");
        return Task.CompletedTask;
    }

    public static Task NameIsTakenBack()
    {
        string place = Place.New();
        using (ILocalListener listener = Place.System(TimeProvider.System).Listen(place))
        {
            CheckException.Require(Place.Published(place) is null, "a name is published before anybody can connect");
            _ = Place.Open(listener);
            CheckException.Require(
                Place.Published(place)?.StartsWith(@"\\.\pipe\remote-signing-", StringComparison.Ordinal) == true, "no name is published");
        }

        CheckException.Require(Place.Published(place) is null, "the name stays");
        return Task.CompletedTask;
    }

    private static bool CanKeep(string parent)
    {
        using RegistryKey key = Registry.CurrentUser.OpenSubKey(parent, writable: true) ?? throw new CheckException($"{parent} is missing");
        try
        {
            key.CreateSubKey("Kept").Dispose();
            key.DeleteSubKey("Kept");
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string? Refusal(WindowsSystem system, string place)
    {
        try
        {
            system.Listen(place).Dispose();
            return null;
        }
        catch (ProblemException e) when (e.Problem == Problem.NotAllowed)
        {
            return e.Message;
        }
    }
}
