namespace RemoteSigning.Agent.Core.Signing;

/// <param name="Program">Path of the program that logs in, fit for a screen.</param>
/// <param name="Complaint">Why the last answer did not do; null at the first time.</param>
public sealed record PinQuestion(string Program, string? Complaint);
