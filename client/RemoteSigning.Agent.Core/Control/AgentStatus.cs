using System.Text.Json;

namespace RemoteSigning.Agent.Core.Control;

/// <summary>What the running agent is doing.</summary>
/// <param name="LastFetch">When the credentials were last read from the server; null = not yet.</param>
/// <param name="Applications">Programs that use the card now.</param>
public sealed record AgentStatus(
    string Version,
    int ProcessId,
    string Server,
    string Email,
    string CardMode,
    string Socket,
    bool SignedIn,
    bool HasStoredPassword,
    DateTimeOffset? LastFetch,
    int Connections,
    int Applications,
    IReadOnlyList<CredentialSummary> Credentials)
{
    /// <summary>For scripts.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ControlJson.Default.AgentStatus);

    /// <summary>The credentials alone.</summary>
    public string CredentialsToJson() => JsonSerializer.Serialize(Credentials, ControlJson.Default.IReadOnlyListCredentialSummary);
}
