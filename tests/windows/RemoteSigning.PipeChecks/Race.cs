using System.Diagnostics;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Contracts;

namespace RemoteSigning.PipeChecks;

/// <summary>Agents that start at the same moment.</summary>
internal static class Race
{
    private const int Agents = 6;

    public static async Task OneServes()
    {
        string place = Place.New();
        Process[] agents = [.. Enumerable.Range(0, Agents).Select(_ => Start(place))];
        try
        {
            foreach (Process agent in agents)
            {
                CheckException.Require(await agent.StandardOutput.ReadLineAsync() == "ready", "an agent did not start");
            }

            await Task.WhenAll(agents.Select(a => a.StandardInput.WriteLineAsync("go")));
            string?[] outcomes = await Task.WhenAll(agents.Select(a => a.StandardOutput.ReadLineAsync()));
            CheckException.Require(
                outcomes.Count(o => o == "serves") == 1 && outcomes.Count(o => o == "refused") == Agents - 1,
                $"they said: {string.Join(", ", outcomes)}");
            using Process late = Start(place);
            _ = await late.StandardOutput.ReadLineAsync();
            await late.StandardInput.WriteLineAsync("go");
            CheckException.Require(await late.StandardOutput.ReadLineAsync() == "refused", "one that comes later serves too");

            // However it ends, the place is free afterwards.
            Process winner = agents[Array.IndexOf(outcomes, "serves")];
            winner.Kill();
            await winner.WaitForExitAsync();
            Place.System(TimeProvider.System).Listen(place).Dispose();
        }
        finally
        {
            foreach (Process agent in agents)
            {
                agent.StandardInput.Close();
                await agent.WaitForExitAsync();
                agent.Dispose();
            }
        }
    }

    public static int Serve(string place)
    {
        Console.WriteLine("ready");
        Console.ReadLine();
        try
        {
            using ILocalListener listener = Place.System(TimeProvider.System).Listen(place);
            _ = Place.Open(listener);
            Console.WriteLine("serves");
            while (Console.ReadLine() is not null)
            {
            }

            return 0;
        }
        catch (ProblemException)
        {
            Console.WriteLine("refused");
            return 1;
        }
    }

    private static Process Start(string place) => Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["serve", place])
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!;
}
