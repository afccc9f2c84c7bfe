namespace RemoteSigning.Interop;

/// <summary>A program that we did not write.</summary>
internal abstract class InteropProgram
{
    /// <summary>As in the table, and as <c>--program</c> names it.</summary>
    public abstract string Name { get; }

    /// <summary>The program's page, <c>docs/programs/PAGE.md</c>; what it tells people to do is what the checks do.</summary>
    public abstract string Page { get; }

    /// <summary>A command line that prints the version, for the table.</summary>
    public abstract IReadOnlyList<string> Version { get; }
}
