using System.Runtime.Versioning;
using RemoteSigning.PipeChecks;

[assembly: SupportedOSPlatform("windows")]

// The agent's Windows pipes, on Windows or under Wine: one line for each check, and how many failed.
// With "serve" it is one of several agents that start at once: it says what came of it, and serves until its input ends.
if (args is ["serve", var place])
{
    return Race.Serve(place);
}

(string Name, Func<Task> Check)[] checks =
[
    ("an agent is alone in its place", PlaceChecks.AgentIsAlone),
    ("of agents that start at once one serves", Race.OneServes),
    ("only the session's key is volatile", PlaceChecks.OnlySessionKeyIsVolatile),
    ("an agent that ends takes its name back", PlaceChecks.NameIsTakenBack),
    ("the pipe has the descriptor of docs/windows.md", PipeDescriptor.IsAsDocumented),
    ("the caller is known", CallerChecks.CallerIsKnown),
    ("callers that go again delay nobody", CallerChecks.LeavingCallersDelayNobody),
    ("a caller that says nothing is dropped", CallerChecks.SilentCallerIsDropped),
    ("a pipe that a sandbox made is no agent", CallerChecks.SandboxIsNoAgent),
];

int failed = 0;
foreach ((string name, Func<Task> check) in checks)
{
    try
    {
        await check();
        Console.WriteLine($"ok      {name}");
    }
    catch (CheckException e)
    {
        failed++;
        Console.WriteLine($"FAILED  {name}: {e.Message}");
    }
}

Console.WriteLine($"{checks.Length} checks, {failed} failed");
return failed == 0 ? 0 : 1;
