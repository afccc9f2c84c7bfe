namespace RemoteSigning.Agent.Core.Control;

/// <summary>A line of JSON from a command of the same user to the running agent.</summary>
/// <param name="Command">One of <see cref="ControlCommands"/>.</param>
/// <param name="Password">For <c>login</c>; null = the stored one.</param>
public sealed record ControlRequest(string Command, string? Password = null)
{
    public override string ToString() => Command;
}
