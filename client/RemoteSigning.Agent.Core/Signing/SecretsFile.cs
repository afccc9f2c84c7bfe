using System.Text.Json;
using System.Text.Json.Serialization;
using RemoteSigning.Agent.Core.Pipe;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Core.Signing;

/// <summary>
/// The owner-only file with a signer's secrets, <c>{"password", "pin", "totpSecret"}</c>; read anew for each use, so that
/// nothing stays in memory and a changed PIN is taken up.
/// </summary>
internal sealed class SecretsFile(string path, ILocalSystem system)
{
    public Secret ReadPassword() => new(Require(Read().Password, "password"));

    public Secret ReadPin() => new(Require(Read().Pin, "pin"));

    /// <summary>The shared secret of RFC 6238, base32.</summary>
    public Secret ReadTotpSecret() => new(Require(Read().TotpSecret, "totpSecret"));

    private SignerSecrets Read()
    {
        try
        {
            system.CheckOwnerOnly(path);
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), SignerSecretsJson.Default.SignerSecrets)
                ?? throw new JsonException("The file holds null.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ProblemException(
                Problem.Internal, ProblemCodes.Malformed, $"The secrets file {path} cannot be read as JSON with \"password\", \"pin\" and \"totpSecret\".", e);
        }
    }

    private string Require(string? value, string name) => string.IsNullOrEmpty(value)
        ? throw new ProblemException(Problem.Internal, ProblemCodes.Malformed, $"The secrets file {path} holds no \"{name}\".")
        : value;
}

internal sealed record SignerSecrets(string? Password, string? Pin, string? TotpSecret)
{
    public override string ToString() => "***";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SignerSecrets))]
internal sealed partial class SignerSecretsJson : JsonSerializerContext;
