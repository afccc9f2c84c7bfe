namespace RemoteSigning.Agent.Core.Diagnosis;

/// <summary>One thing that was looked at.</summary>
public sealed record Finding(string Subject, bool IsSound, string Text);
