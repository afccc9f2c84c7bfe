using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Agent.Core.Options;
using RemoteSigning.Contracts;

namespace RemoteSigning.Agent.Core.Csc;

/// <summary>The HTTP client for one server: TLS with the right trust, no redirects, no cookies, capped answers, deadlines.</summary>
internal static class CscHttp
{
    private const int MaximumAnswer = 1 << 20;
    private static readonly TimeSpan ConnectDeadline = TimeSpan.FromSeconds(5);

    /// <summary>Two requests make a signature, and the shim waits 30 seconds beyond the consent deadline.</summary>
    private static readonly TimeSpan RequestDeadline = TimeSpan.FromSeconds(14);

    public static HttpClient Create(AgentOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = !options.Server.IsLoopback,
            ConnectTimeout = ConnectDeadline,
            PooledConnectionLifetime = TimeSpan.FromMinutes(10),
            MaxResponseHeadersLength = 32,
        };
        if (options.TlsRoot is not null)
        {
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = TrustOnly(options.TlsRoot) };
        }

        return new HttpClient(handler)
        {
            BaseAddress = options.Server,
            Timeout = RequestDeadline,
            MaxResponseContentBufferSize = MaximumAnswer,
        };
    }

    private static X509ChainPolicy TrustOnly(string rootFile)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // A private authority for TLS seldom publishes revocation lists.
            RevocationMode = X509RevocationMode.NoCheck,
        };
        try
        {
            policy.CustomTrustStore.ImportFromPemFile(rootFile);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ProblemException(
                Problem.InvalidRequest, ProblemCodes.Malformed, $"The file {rootFile} named by \"tlsRoot\" cannot be read as PEM certificates.", e);
        }

        return policy.CustomTrustStore.Count > 0
            ? policy
            : throw new ProblemException(
                Problem.InvalidRequest, ProblemCodes.Malformed, $"The file {rootFile} named by \"tlsRoot\" holds no certificate.");
    }
}
