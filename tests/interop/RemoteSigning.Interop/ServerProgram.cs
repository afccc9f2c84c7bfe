namespace RemoteSigning.Interop;

/// <summary>A program that we did not write, and what it is to do with an interface of the servers.</summary>
internal abstract class ServerProgram : InteropProgram
{
    public abstract IEnumerable<ServerCheck> Checks { get; }
}
