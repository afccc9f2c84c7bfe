namespace RemoteSigning.PipeChecks;

/// <summary>A check did not find what it should.</summary>
internal sealed class CheckException(string message) : Exception(message)
{
    public static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new CheckException(what);
        }
    }
}
