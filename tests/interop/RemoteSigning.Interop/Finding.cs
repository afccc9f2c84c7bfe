namespace RemoteSigning.Interop;

/// <summary>What a check found. A check that fails throws.</summary>
/// <param name="Twice">How the program signed twice: <see cref="InOneProcess"/> or <see cref="OneARun"/>.</param>
/// <param name="AfterRestart">How it signed after the agent was restarted: <see cref="SameProcess"/> or <see cref="NewRun"/>.</param>
/// <param name="VerifiedBy">The other program that found the signatures good.</param>
internal sealed record Finding(string Twice, string AfterRestart, string VerifiedBy)
{
    /// <summary>Two signatures between one C_Initialize and its C_Finalize.</summary>
    public const string InOneProcess = "in one process";

    /// <summary>The program makes one signature a run; it was run twice.</summary>
    public const string OneARun = "one a run";

    /// <summary>The agent was restarted under the living program, which then signed again.</summary>
    public const string SameProcess = "same process";

    /// <summary>The program had ended; it was run again after the restart.</summary>
    public const string NewRun = "new run";

    /// <summary>The program cannot do it, whatever the card; the reason goes into the table.</summary>
    public static Finding NotPossible(string reason) => new("–", "–", "not possible: " + reason);
}
