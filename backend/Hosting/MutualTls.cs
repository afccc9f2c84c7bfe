using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace RemoteSigning.Hosting;

/// <summary>
/// TLS 1.2 and later in both directions. A client is known by the public key of its certificate, which is
/// registered; names and issuers in the certificate mean nothing. An unknown one ends in the handshake.
/// </summary>
internal static class MutualTls
{
    private const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    private static readonly TimeSpan ConnectDeadline = TimeSpan.FromSeconds(10);

    /// <summary>Listens at <paramref name="address"/> and lets in only holders of registered keys.</summary>
    /// <param name="find">Finds the registered caller of a SubjectPublicKeyInfo; asked anew at each handshake.</param>
    public static void ListenMutual(
        this KestrelServerOptions kestrel, Uri address, TlsOptions tls, Func<byte[], RegisteredClient?> find) =>
        Listen(kestrel, address, tls, https =>
        {
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (certificate, _, _) =>
                find(certificate.PublicKey.ExportSubjectPublicKeyInfo()) is not null;
        });

    /// <summary>Listens at <paramref name="address"/> for everybody; no client certificate is asked for.</summary>
    public static void ListenPublic(this KestrelServerOptions kestrel, Uri address, TlsOptions tls) =>
        Listen(kestrel, address, tls, https => https.ClientCertificateMode = ClientCertificateMode.NoCertificate);

    /// <summary>The registered caller of this connection, looked up again so that a removed one is refused at once.</summary>
    public static RegisteredClient? Caller(HttpContext context, Func<byte[], RegisteredClient?> find) =>
        context.Connection.ClientCertificate is { } certificate
            ? find(certificate.PublicKey.ExportSubjectPublicKeyInfo())
            : null;

    /// <summary>A client for another process: trusts one root, shows our certificate, never follows redirects.</summary>
    public static HttpClient CreateClient(RemoteOptions remote, TimeSpan timeout)
    {
        X509Certificate2 root = X509CertificateLoader.LoadCertificateFromFile(remote.TrustedRoot);
        X509Certificate2 identity = Load(remote.Tls);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            ConnectCallback = ConnectAsync,
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = Protocols,
                CertificateChainPolicy = OnlyRoot(root),
                ClientCertificateContext = SslStreamCertificateContext.Create(identity, null, offline: true),
            },
        };
        return new HttpClient(handler) { BaseAddress = remote.Url, Timeout = timeout };
    }

    /// <summary>Loads a PEM certificate and its owner-only key.</summary>
    public static X509Certificate2 Load(TlsOptions tls)
    {
        OwnerOnlyFile.Check(tls.Key);
        return X509Certificate2.CreateFromPemFile(tls.Certificate, tls.Key);
    }

    /// <summary>Gives a host that does not answer up soon, and as one that was never reached: nothing was sent to it.</summary>
    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancel)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(ConnectDeadline);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, deadline.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.TimedOut);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void Listen(
        KestrelServerOptions kestrel, Uri address, TlsOptions tls, Action<HttpsConnectionAdapterOptions> configure)
    {
        X509Certificate2 certificate = Load(tls);
        kestrel.Listen(IPAddress.Parse(address.Host), address.Port, endpoint =>
        {
            endpoint.Protocols = HttpProtocols.Http1AndHttp2;
            endpoint.UseHttps(https =>
            {
                https.ServerCertificate = certificate;
                https.SslProtocols = Protocols;
                configure(https);
            });
        });
    }

    /// <summary>Trusts servers under this root and no other; nothing is fetched to decide that.</summary>
    public static X509ChainPolicy OnlyRoot(X509Certificate2 root)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.Add(root);
        policy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        return policy;
    }
}
