namespace RemoteSigning.Contracts.Enrollment;

/// <summary>The signatures of one UTC day.</summary>
public sealed record DayUsage(DateOnly Day, long Signatures);
