using RemoteSigning.Sandbox;

namespace RemoteSigning.Sam.Tests;

/// <summary>
/// Nodes that have one another as peers, with the same keys. Hearts beat when a test says so only, and each node has a
/// clock of its own.
/// </summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private readonly TestParties _parties;

    private TestCluster(int count)
    {
        string folder = Directory.CreateDirectory(Path.Combine(TestToken.Folder, Guid.NewGuid().ToString("N"))).FullName;
        _parties = new TestParties(folder);
        Nodes = [.. Enumerable.Range(1, count).Select(i => new TestNode(Path.Combine(folder, $"sam-{i}"), $"sam-{i}", _parties))];
        foreach (TestNode node in Nodes)
        {
            node.SetPeers(Nodes);
        }
    }

    public IReadOnlyList<TestNode> Nodes { get; }

    public TestNode this[int index] => Nodes[index];

    /// <summary>All nodes listen; none has heard another.</summary>
    public static async Task<TestCluster> ListenAsync(int count)
    {
        var cluster = new TestCluster(count);
        foreach (TestNode node in cluster.Nodes)
        {
            await node.StartAsync();
        }

        return cluster;
    }

    /// <summary>All nodes serve.</summary>
    public static async Task<TestCluster> ServeAsync(int count)
    {
        TestCluster cluster = await ListenAsync(count);
        await cluster.BeatAsync();
        return cluster;
    }

    /// <summary>Each running node asks its peers how they are, one after the other.</summary>
    public async Task BeatAsync()
    {
        foreach (TestNode node in Nodes.Where(n => n.IsRunning))
        {
            await node.BeatAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (TestNode node in Nodes)
        {
            await node.DisposeAsync();
        }

        _parties.Dispose();
    }
}
