namespace RemoteSigning.Agent.Terminal;

/// <summary>Where keys come from.</summary>
internal interface IKeyboard
{
    /// <summary>A key was pressed that has not been read.</summary>
    bool HasKey { get; }

    /// <summary>The next key, which is not shown.</summary>
    ConsoleKeyInfo Read();
}
