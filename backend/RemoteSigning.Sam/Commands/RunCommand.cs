namespace RemoteSigning.Sam.Commands;

/// <summary><c>run</c>: serves until it is told to end.</summary>
internal static class RunCommand
{
    public static async Task<int> RunAsync(string configurationFile, CancellationToken cancel)
    {
        await using SamHost host = await SamHost.StartAsync(configurationFile, SamSeams.Real, cancel);
        await host.WaitForShutdownAsync(cancel);
        return 0;
    }
}
