namespace RemoteSigning.Sam.Options;

/// <summary>The section <c>Sam:Tamper</c>: a program that knows whether somebody was at the machine (SAM-29).</summary>
internal sealed class TamperOptions
{
    /// <summary>Absolute path of a program without arguments; exit code 0 means untouched. Empty: there is none.</summary>
    public string Command { get; set; } = "";

    /// <summary>Time from one run to the next.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>A run that takes longer counts as tampering.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);
}
