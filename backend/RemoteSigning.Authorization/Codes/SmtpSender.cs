using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using RemoteSigning.Authorization.Options;
using RemoteSigning.Hosting;

namespace RemoteSigning.Authorization.Codes;

/// <summary>
/// Submits e-mail (RFC 6409). Our own few commands and not <c>System.Net.Mail.SmtpClient</c>: that one knows neither implicit
/// TLS nor a trusted root of its own.
/// </summary>
internal sealed class SmtpSender : ICodeSender
{
    private readonly SmtpOptions _options;
    private readonly string _fromName;
    private readonly TimeProvider _clock;
    private readonly string? _password;
    private readonly X509Certificate2? _root;

    public SmtpSender(SmtpOptions options, string fromName, TimeProvider clock)
    {
        _options = options;
        _fromName = fromName;
        _clock = clock;
        _password = options.PasswordFile is { } file ? OwnerOnlyFile.ReadLine(file) : null;
        _root = options.TrustedRoot is { } root ? X509CertificateLoader.LoadCertificateFromFile(root) : null;
    }

    public async Task SendAsync(string address, CodeMessage message, CancellationToken cancel)
    {
        try
        {
            await SubmitAsync(address, message, cancel);
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException)
        {
            // Words of this machine about the connection; nothing that the server said.
            throw new DeliveryException($"the connection to the mail server failed: {e.Message}");
        }
        catch (OperationCanceledException)
        {
            throw new DeliveryException("the mail server did not answer in time");
        }
    }

    private async Task SubmitAsync(string address, CodeMessage message, CancellationToken cancel)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(_options.Host, _options.Port, cancel);
        await using var network = new NetworkStream(socket);
        SmtpDialog plain = new(network, cancel);
        if (_options.Security == SmtpOptions.StartTls)
        {
            await plain.ExpectAsync("the greeting", 220);
            await plain.GreetAsync();
            await plain.StartTlsAsync();
        }

        await using SslStream tls = await SecureAsync(network, cancel);
        SmtpDialog dialog = new(tls, cancel);
        if (_options.Security == SmtpOptions.Implicit)
        {
            await dialog.ExpectAsync("the greeting", 220);
        }

        await dialog.GreetAsync();
        if (_options.UserName is { } user)
        {
            await dialog.AuthenticateAsync(user, _password ?? "");
        }

        await dialog.SendAsync("MAIL", $"MAIL FROM:<{_options.From}>", 250);
        await dialog.SendAsync("RCPT", $"RCPT TO:<{address}>", 250, 251);
        await dialog.SendAsync("DATA", "DATA", 354);
        await dialog.SendAsync("the message", MailText.Write(_options.From, _fromName, address, message, _clock.GetUtcNow()) + ".", 250);
        // Accepted: what becomes of QUIT changes nothing any more, so nobody waits for its answer.
        await dialog.WriteAsync("QUIT");
    }

    private async Task<SslStream> SecureAsync(NetworkStream network, CancellationToken cancel)
    {
        var tls = new SslStream(network);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = _options.Host,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateChainPolicy = _root is null ? null : MutualTls.OnlyRoot(_root),
        };
        try
        {
            await tls.AuthenticateAsClientAsync(options, cancel);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }
}
