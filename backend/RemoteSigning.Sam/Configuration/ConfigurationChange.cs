namespace RemoteSigning.Sam.Configuration;

/// <summary>One change of the dynamic configuration under way; while it lives there is no other.</summary>
internal sealed class ConfigurationChange(ConfigurationStore store, NodeConfiguration before) : IDisposable
{
    private NodeConfiguration? _after;

    public NodeConfiguration Before => before;

    /// <summary>Makes the new one durable; not in force yet.</summary>
    public void Stage(NodeConfiguration after)
    {
        store.Stage(after);
        _after = after;
    }

    /// <summary>Puts it in force, once its record is durable.</summary>
    public void Commit() => store.Commit(_after ?? throw new InvalidOperationException("Nothing was staged."));

    public void Dispose() => store.End();
}
