using System.Text.Json;
using System.Text.Json.Serialization;

namespace RemoteSigning.Sandbox;

/// <summary>
/// <c>sandbox.json</c>: where everything of a running sandbox is. A stable interface for scripts; members whose
/// part does not exist yet are null or empty, never absent.
/// </summary>
public sealed record SandboxDescription(
    string Server,
    string Administration,
    string Authorization,
    string Issuer,
    string Sam,
    IReadOnlyList<SandboxDescription.SamNode> SamNodes,
    string Pki,
    string TlsRoot,
    string SigningRoot,
    SandboxDescription.CscBases Csc,
    IReadOnlyList<SandboxDescription.Client> Clients,
    IReadOnlyList<SandboxDescription.Application> Applications,
    IReadOnlyList<SandboxDescription.Signer> Signers,
    IReadOnlyList<SandboxDescription.Administrator> Administrators,
    SandboxDescription.SamClientList SamClients,
    SandboxDescription.PkiClientList PkiClients,
    SandboxDescription.Pkcs11Module Pkcs11,
    SandboxDescription.AgentSocket Agent,
    string Est,
    string Ocsp,
    string Crl,
    string Timestamp,
    string Database,
    string Logs,
    string Mail,
    IReadOnlyDictionary<string, string> Health)
{
    public sealed record CscBases(string? V0, string? V1, string? V2);

    public sealed record Client(string ClientId, string ClientSecret, IReadOnlyList<string> RedirectUris);

    /// <summary>A client of the CSC API with an API key; without limits.</summary>
    public sealed record Application(string ClientId, string Name, string ApiKey);

    public sealed record Signer(
        string Id, string Email, string Password, string TotpSecret, string Pin, IReadOnlyList<Credential> Credentials);

    public sealed record Credential(
        string Id, string Label, string Algorithm, string Purpose, string Scal, string AuthMode, bool Pin, bool Otp, string? OtpChannel = null);

    public sealed record Administrator(string Email, string Password, string TotpSecret);

    /// <param name="Log">The node's <c>service.log</c>; <c>admin.log</c> lies beside it.</param>
    public sealed record SamNode(string Id, string Url, string AuditPublicKey, string Log, string Certificate, string Key);

    public sealed record SamClientList(PemPair Ssa, PemPair Operator, Approver SecondOperator);

    /// <param name="Id">As the SAM's static configuration names this operator.</param>
    /// <param name="ApprovalKey">PEM file: approves what another operator asks for.</param>
    public sealed record Approver(string Id, string Certificate, string Key, string ApprovalKey);

    public sealed record PkiClientList(PemPair RegistrationAuthority);

    public sealed record PemPair(string Certificate, string Key);

    public sealed record Pkcs11Module(string Module, IReadOnlyDictionary<string, string> Environment);

    public sealed record AgentSocket(string Socket);

    public void Write(string path) => OwnerOnly.Write(path, JsonSerializer.Serialize(this, SandboxJson.Default.SandboxDescription) + "\n");
}

/// <summary>Source-generated JSON of <c>sandbox.json</c>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(SandboxDescription))]
public sealed partial class SandboxJson : JsonSerializerContext;
