namespace RemoteSigning.Interop;

/// <summary>A program that we did not write, and what it is to do with the card.</summary>
internal abstract class CardProgram : InteropProgram
{
    public abstract IEnumerable<Check> Checks { get; }

    /// <summary>Checks of the same use with several keys.</summary>
    protected static IEnumerable<Check> ForKeys(
        string use, CardMode mode, IEnumerable<string> keys, Func<Card, CardKey, CancellationToken, Task<Finding>> run) =>
        keys.Select(key => new Check(use, key, mode, run));

    /// <summary>
    /// For a program that makes one signature a run: runs it twice, restarts the agent, and runs it a third time.
    /// </summary>
    /// <param name="sign">Signs for the n-th time (1, 2, 3), and has another program verify.</param>
    protected static async Task<Finding> OneSignatureARunAsync(
        Card card, string verifiedBy, Func<int, Task> sign, CancellationToken cancel)
    {
        await sign(1);
        await sign(2);
        await card.RestartAgentAsync(cancel);
        await sign(3);
        return new Finding(Finding.OneARun, Finding.NewRun, verifiedBy);
    }
}
