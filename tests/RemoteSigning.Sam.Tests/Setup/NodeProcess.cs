using NUnit.Framework;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>A node as its own process, which can be killed.</summary>
internal sealed class NodeProcess(TestNode node) : IDisposable
{
    private ChildProcess? _process;

    public void Start()
    {
        _process?.Dispose();
        _process = ChildProcess.Start(
            node.NodeName,
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "RemoteSigning.Sam.dll"), "run", "--config", node.ConfigurationFile],
            Path.Combine(node.Folder, "run.log"),
            new Dictionary<string, string>([TestToken.Store.Environment]));
    }

    /// <summary>Its process id.</summary>
    public int Id => _process!.Id; // Once it was started.

    public void Kill() => _process?.Kill();

    public void Dispose() => _process?.Dispose();

    /// <summary>The status once the node serves.</summary>
    public static Task<SamStatus> WaitAsync(SamClient client)
    {
        SamStatus? status = null;
        Assert.That(
            async () =>
            {
                try
                {
                    status = await client.GetStatusAsync();
                    return status.Unavailable;
                }
                catch (HttpRequestException e)
                {
                    return e.Message;
                }
            },
            Is.Null.After(90_000, 100));
        return Task.FromResult(status!); // The last try had one.
    }
}
