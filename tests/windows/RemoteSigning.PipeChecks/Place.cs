using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32;
using RemoteSigning.Agent.Core.Pipe;

namespace RemoteSigning.PipeChecks;

/// <summary>A value of its own for each check, so that a real agent is not disturbed.</summary>
internal static class Place
{
    private const string Card = @"Software\RemoteSigning\Card";

    private static int _last;

    public static string SessionKey => $@"{Card}\{Process.GetCurrentProcess().SessionId}";

    public static string New() => $"Check{Environment.ProcessId}-{++_last}";

    public static WindowsSystem System(TimeProvider clock) => new(clock, NullLogger.Instance);

    public static string? Published(string place)
    {
        using RegistryKey? key = Registry.CurrentUser.OpenSubKey(SessionKey);
        return key?.GetValue(place) as string;
    }

    /// <summary>Says that the agent is there; the key that a check before has made stays volatile.</summary>
    public static void Publish(string place, string pipe)
    {
        using RegistryKey key = Registry.CurrentUser.CreateSubKey(SessionKey, writable: true, RegistryOptions.Volatile);
        key.SetValue(place, pipe);
    }

    /// <summary>Begins to listen, so that the name is published; the first caller is the result's.</summary>
    public static Task<LocalConnection> Open(ILocalListener listener) => listener.AcceptAsync(CancellationToken.None);
}
