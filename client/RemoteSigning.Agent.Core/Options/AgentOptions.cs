using System.Text.Json;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Core.Options;

// Members that may be absent have setters: generated JSON readers assign every init-only member, and so lose its default.

/// <summary>The agent's configuration file (<c>agent.json</c>); see <c>docs/agent.md</c>.</summary>
public sealed record AgentOptions
{
    /// <summary>The server's origin, <c>https://host[:port]</c>.</summary>
    public required Uri Server { get; init; }

    /// <summary>PEM file of the only root that may certify the server; null = the system's roots.</summary>
    public string? TlsRoot { get; set; }

    public required string Email { get; init; }

    public CardMode CardMode { get; set; } = CardMode.Protected;

    /// <summary>Mode <c>pin</c>: signing keys want the PIN anew for each signature (CKA_ALWAYS_AUTHENTICATE).</summary>
    public bool PinPerSignature { get; set; }

    /// <summary>Keys that the server lets sign over SHA-1 may do so here too; else SHA-1 is not on the card.</summary>
    public bool AllowSha1 { get; set; }

    /// <summary>CKA_LABEL of the token: 1 to 32 bytes of UTF-8.</summary>
    public string TokenLabel { get; set; } = "Remote Signing";

    /// <summary>Owner-only JSON file with the signer's secrets; null = a person is asked.</summary>
    public string? SecretsFile { get; set; }

    /// <summary>Path of the card socket; null = where the card protocol says.</summary>
    public string? Socket { get; set; }

    /// <summary>Seconds between two looks at the server for new or changed credentials.</summary>
    public int RefreshSeconds { get; set; } = 300;

    /// <exception cref="ProblemException">The file is missing, unreadable, or says something impossible.</exception>
    public static AgentOptions Load(string path)
    {
        try
        {
            AgentOptions options = JsonSerializer.Deserialize(File.ReadAllBytes(path), AgentOptionsJson.Default.AgentOptions)
                ?? throw new JsonException("The file holds null.");
            options.Validate(path);
            return options;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Invalid(path, "it does not exist; write one as docs/agent.md shows, or name another with --config", e);
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw Invalid(path, e.Message, e);
        }
    }

    private void Validate(string path)
    {
        if (!Server.IsAbsoluteUri || Server.Scheme != Uri.UriSchemeHttps || Server.PathAndQuery != "/" || Server.UserInfo.Length > 0)
        {
            throw Invalid(path, "\"server\" must be https://host or https://host:port and nothing more");
        }

        if (Email.Length is 0 or > 320 || Email.Contains(':', StringComparison.Ordinal))
        {
            throw Invalid(path, "\"email\" must be the e-mail address of your account");
        }

        if (!Enum.IsDefined(CardMode))
        {
            throw Invalid(path, "\"cardMode\" must be protected, pin or agent");
        }

        if (System.Text.Encoding.UTF8.GetByteCount(TokenLabel) is 0 or > 32 || TokenLabel.Any(char.IsControl))
        {
            throw Invalid(path, "\"tokenLabel\" must have 1 to 32 bytes");
        }

        if (RefreshSeconds is < 10 or > 86_400)
        {
            throw Invalid(path, "\"refreshSeconds\" must be from 10 to 86400");
        }

        if (TlsRoot is not null && !File.Exists(TlsRoot))
        {
            throw Invalid(path, $"the file {TlsRoot} named by \"tlsRoot\" does not exist");
        }
    }

    private static ProblemException Invalid(string path, string what, Exception? cause = null) => new(
        Problem.InvalidRequest, ProblemCodes.Malformed, $"The configuration {path} cannot be used: {what.TrimEnd('.')}.", cause);
}
