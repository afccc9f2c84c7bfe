using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Security.Principal;
using Microsoft.Win32;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Core.Pipe;

/// <summary>
/// Where the agent of a user and logon session is found: a value below <c>HKCU\Software\RemoteSigning\Card</c> in a key of the
/// session, which holds the name of its pipe. A mutex of the session says that the place is taken, for as long as the agent lives.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class WindowsPlace : IDisposable
{
    public const string Parent = @"Software\RemoteSigning\Card";

    private readonly string _value;
    private readonly Mutex _taken;

    private WindowsPlace(string value, Mutex taken) => (_value, _taken) = (value, taken);

    private static string SessionKey => string.Create(CultureInfo.InvariantCulture, $@"{Parent}\{Process.GetCurrentProcess().SessionId}");

    /// <exception cref="ProblemException">Another agent has it, or a program of another user holds its name.</exception>
    public static WindowsPlace Take(string value, SecurityIdentifier user)
    {
        // One that another user made is refused by the runtime.
        var own = new NamedWaitHandleOptions { CurrentUserOnly = true, CurrentSessionOnly = true };
        string name = $"RemoteSigning.Agent.{user}.{value.Replace('\\', '/')}";
        try
        {
            var mutex = new Mutex(initiallyOwned: false, name, own, out bool created);
            if (created)
            {
                return new WindowsPlace(value, mutex);
            }

            mutex.Dispose();
        }
        catch (Exception e) when (e is UnauthorizedAccessException or WaitHandleCannotBeOpenedException)
        {
            throw Refused("A program of another user holds the agent's place in this logon session. Sign out of Windows and in again.", e);
        }

        throw Refused("Another agent already serves this logon session. Stop it first.", null);
    }

    /// <summary>The pipe's name, without its prefix of the system; null when nobody has published one.</summary>
    public static string? Published(string value)
    {
        using RegistryKey? key = Registry.CurrentUser.OpenSubKey(SessionKey);
        return key?.GetValue(value) is string name && name.StartsWith(WindowsPipe.Folder + WindowsPipe.Prefix, StringComparison.Ordinal)
            ? name[WindowsPipe.Folder.Length..]
            : null;
    }

    /// <summary>Only the session's key goes with the session; its parents may hold other settings and stay.</summary>
    public void Publish(string name)
    {
        Registry.CurrentUser.CreateSubKey(Parent).Dispose();
        using RegistryKey key = Registry.CurrentUser.CreateSubKey(SessionKey, writable: true, RegistryOptions.Volatile);
        key.SetValue(_value, WindowsPipe.Folder + name);
    }

    public void Withdraw()
    {
        using RegistryKey? key = Registry.CurrentUser.OpenSubKey(SessionKey, writable: true);
        key?.DeleteValue(_value, throwOnMissingValue: false);
    }

    public void Dispose() => _taken.Dispose();

    private static ProblemException Refused(string text, Exception? cause) => new(Problem.NotAllowed, ProblemCodes.Conflict, text, cause);
}
