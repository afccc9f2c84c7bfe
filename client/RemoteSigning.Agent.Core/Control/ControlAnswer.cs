using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Core.Control;

/// <summary>A line of JSON from the agent: a problem with its sentence, or what is the case now.</summary>
public sealed record ControlAnswer(Problem Problem, string? Message, AgentStatus? Status);
