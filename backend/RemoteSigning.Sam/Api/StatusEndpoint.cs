using System.Reflection;
using RemoteSigning.Contracts.Audit;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Configuration;

namespace RemoteSigning.Sam.Api;

/// <summary><c>GET /sam/v1/status</c>: what an authorization server needs for a SAD, and the keys that verify what we say.</summary>
internal sealed class StatusEndpoint(Infrastructure infrastructure, TimeProvider clock)
{
    public static string Version { get; } =
        typeof(StatusEndpoint).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    public Task<Answer> HandleAsync(SamRequest request) => Task.FromResult(Answer.Create(
        StatusCodes.Status200OK,
        StrictJson.Sam.SamStatus,
        proof => new SamStatus(
            request.Configuration.Registry.Node,
            request.Epoch,
            Version,
            clock.GetUtcNow().ToUnixTimeSeconds(),
            request.Configuration.Registry.Version,
            infrastructure.AuditPublicKey,
            infrastructure.SealingPublicKey,
            proof.Head,
            request.Configuration.DynamicDigest,
            request.Configuration.StaticDigest,
            infrastructure.Fingerprint)));
}
