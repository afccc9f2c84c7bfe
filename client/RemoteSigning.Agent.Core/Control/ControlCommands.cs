namespace RemoteSigning.Agent.Core.Control;

/// <summary>What can be asked of a running agent.</summary>
public static class ControlCommands
{
    public const string Login = "login";
    public const string Logout = "logout";
    public const string Status = "status";
}
