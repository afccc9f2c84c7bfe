using System.Globalization;

namespace RemoteSigning.Sam.Commands;

/// <summary>
/// Who runs a command. There is no TLS to name an operator, and whoever runs it could pass any name, so the system is asked: for the
/// effective user (not a variable of the environment), and on Linux for the user who had logged in, which stays through <c>sudo</c>.
/// </summary>
internal static class OperatingSystemUser
{
    private const string LoginFile = "/proc/self/loginuid";

    /// <summary>What that file says of a process that nobody logged in for.</summary>
    private const string Nobody = "4294967295";

    public static string Name { get; } = Environment.UserName + Login();

    private static string Login() =>
        File.Exists(LoginFile) && File.ReadAllText(LoginFile).Trim() is { Length: > 0 } user && user != Nobody
            ? string.Create(CultureInfo.InvariantCulture, $" (logged in as user {user})")
            : "";
}
